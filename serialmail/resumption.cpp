#include "serialmail/resumption.h"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "mta/mail/maildir_scan.h"
#include "mta/mail/smtp_command.h"
#include "serialmail/name_reader.h"

namespace serialmail {
namespace {

// Nobody else's, and nothing that another client of the server could guess.
std::optional<std::string> fresh_id(const std::string& helo_name) {
  std::array<unsigned char, 16> octets{};
  if (::getrandom(octets.data(), octets.size(), 0) != static_cast<ssize_t>(octets.size())) return std::nullopt;
  constexpr std::string_view digits = "0123456789abcdef";
  std::string id = "<";
  for (const auto octet : octets) {
    id += digits[octet >> 4U];
    id += digits[octet & 15U];
  }
  id += "@" + helo_name;
  if (id.size() - 1 > mail::max_transid_bytes) id.resize(mail::max_transid_bytes + 1);
  return id + ">";
}

}  // namespace

std::uint64_t transid_from(std::uint64_t octets, std::chrono::milliseconds took, std::chrono::milliseconds exchange) {
  const auto time = std::max(transid_from_time, exchange * transid_from_exchanges);
  if (took.count() <= 0) return transid_from_bytes;
  const auto ticks = static_cast<std::uint64_t>(took.count());
  // What is faster than a telephone line needs no exact figure.
  if (octets / ticks >= transid_from_bytes) return transid_from_bytes;
  return std::min(transid_from_bytes, octets * static_cast<std::uint64_t>(time.count()) / ticks);
}

const mail::JournalTransid* Resumption::past_of(const std::string& name) {
  if (!history_) {
    auto read = journal_.read();
    if (!read) base::log(base::Level::warning, "nothing is resumed: " + read.error().text);
    history_ = read ? std::move(*read) : mail::SpoolHistory();
  }
  const auto* past = history_->find(mail::unique_name(name));
  return past && past->transid ? &*past->transid : nullptr;
}

bool Resumption::may_join(const std::string& name, const std::string& other) {
  const auto* one = past_of(name);
  const auto* two = past_of(other);
  return one && two ? one->id == two->id : one == two;
}

std::optional<mail::SmtpClient::Transid> Resumption::transid_for(const Consignment& mail, const std::string& server) {
  // An address literal is not the same in the next call.
  if (helo_name_.starts_with('[') || !std::all_of(mail.names.begin(), mail.names.end(), is_spool_file)) {
    return std::nullopt;
  }
  given_ = {"", helo_name_, server.empty() ? "unknown" : server, mail.body.octets(), "", {}};
  for (const auto& name : mail.names) given_.members.emplace_back(mail::unique_name(name));
  mail::SmtpClient::Transid transid;
  if (is_resumable(mail.names, given_)) {
    transid = {past_of(mail.names.front())->id, true, std::vector<std::size_t>(mail.names.size())};
    std::iota(transid.accepted.begin(), transid.accepted.end(), std::size_t{0});
  } else {
    const auto id = mail.body.octets() < from_bytes_ ? std::nullopt : fresh_id(helo_name_);
    if (!id) return std::nullopt;
    transid.id = *id;
  }
  given_.id = transid.id;
  return transid;
}

bool Resumption::is_resumable(const std::vector<std::string>& names, const mail::JournalTransid& now) {
  const auto* first = past_of(names.front());
  const auto is_now = [&](const std::string& name) {
    const auto* past = past_of(name);
    return past && past->id == first->id && past->helo_name == now.helo_name && past->server == now.server &&
           past->octets == now.octets && past->members.size() == now.members.size() &&
           std::is_permutation(past->members.begin(), past->members.end(), now.members.begin());
  };
  return first && std::all_of(names.begin(), names.end(), is_now);
}

void Resumption::keep(const Consignment& mail, const std::vector<std::size_t>& accepted,
                      const std::vector<std::string>& replies) {
  given_.members.clear();
  for (const auto i : accepted) given_.members.emplace_back(mail::unique_name(mail.names[i]));
  const auto now = base::read_clock().wall_seconds;
  std::vector<mail::Fields> records;
  for (std::size_t i = 0; i < accepted.size(); ++i) {
    given_.reply = replies[i];
    records.push_back(mail::transid_record(given_.members[i], now, given_));
  }
  append(records);
}

void Resumption::forget(const Consignment& mail) {
  const auto now = base::read_clock().wall_seconds;
  std::vector<mail::Fields> records;
  for (const auto& name : mail.names) records.push_back(mail::transid_record(mail::unique_name(name), now, {}));
  append(records);
}

void Resumption::append(const std::vector<mail::Fields>& records) {
  if (const auto noted = journal_.append(records); !noted) {
    base::log(base::Level::warning, "this message cannot be resumed: " + noted.error().text);
  }
}

}  // namespace serialmail
