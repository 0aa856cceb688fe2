#include "serialmail/named_files.h"

#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/clock.h"
#include "base/io.h"
#include "base/log.h"
#include "mta/mail/maildir_scan.h"
#include "serialmail/body_groups.h"

namespace serialmail {
namespace {

constexpr std::size_t block_bytes = 16384;

// As many as a flush settles together: after a kill no more than these are in doubt beside the body that was going out.
constexpr std::size_t max_noted_ahead = 64;

}  // namespace

NamedFiles::NamedFiles(const base::Directory& directory, std::string prefix)
    : directory_(directory), prefix_(std::move(prefix)), journal_(directory), input_(0), output_(1) {}

bool NamedFiles::has_more() const {
  if (ahead_ || !names_.empty() || !returned_.empty()) return true;
  int bytes = 0;
  return input_.valid() && ::ioctl(input_.get(), FIONREAD, &bytes) == 0 && bytes > 0;
}

base::Result<void> NamedFiles::read() {
  std::array<char, block_bytes> block;
  const auto n = base::read_some(input_, block);
  if (!n) return base::system_failure("unable to read input", n.error().error);
  if (*n == 0) input_.reset();
  names_.feed({block.data(), *n});
  return {};
}

base::Result<std::optional<Consignment>> NamedFiles::next(const MayJoin& may_join) {
  if (!returned_.empty()) {
    std::optional<Consignment> mail(std::move(returned_.front()));
    returned_.pop_front();
    return mail;
  }
  auto first = ahead_ ? base::Result<std::optional<Outgoing>>(std::exchange(ahead_, std::nullopt)) : open_next();
  if (!first) return first.error();
  if (!*first) return std::nullopt;
  Consignment consignment{std::move(**first), {}, {}, false};
  const auto add = [&](const Outgoing& file) {
    consignment.names.push_back(file.name());
    consignment.recipients.push_back(file.envelope().recipient);
  };
  add(consignment.body);
  while (consignment.names.size() < max_copies) {
    auto other = open_next();
    if (!other) return other.error();
    if (!*other) break;
    const auto& to = consignment.recipients;
    const bool is_for_another = std::find(to.begin(), to.end(), (*other)->envelope().recipient) == to.end();
    const bool is_kept_apart = may_join && !may_join(consignment.body.name(), (*other)->name());
    if (!is_for_another || is_kept_apart || !consignment.body.has_same_message(**other)) {
      ahead_ = std::move(*other);
      break;
    }
    add(**other);
  }
  offered_.insert(consignment.names.begin(), consignment.names.end());
  return consignment;
}

void NamedFiles::give_back(Consignment mail) {
  if (mail.was_given_back) {
    for (const auto& name : mail.names) offered_.erase(name);
    return;
  }
  mail.was_given_back = true;
  returned_.push_back(std::move(mail));
}

// The next named file that can be sent.
base::Result<std::optional<Outgoing>> NamedFiles::open_next() {
  while (!names_.empty()) {
    const std::string name = names_.take();
    Unfit unfit;
    auto outgoing = Outgoing::open(directory_, name, prefix_, unfit);
    if (outgoing) return outgoing;
    if (auto refused = refuse(name, unfit); !refused) return refused.error();
  }
  return std::nullopt;
}

base::Result<void> NamedFiles::refuse(const std::string& name, const Unfit& unfit) {
  if (unfit.kind == Unfit::Kind::gone) return {};
  if (unfit.kind == Unfit::Kind::on_hold && is_spool_file(name)) {
    note({mail::hold_record(mail::unique_name(name), base::read_clock().wall_seconds, unfit.hold)});
  }
  return record({name, status_left, unfit.text});
}

base::Result<void> NamedFiles::record(const ResultRecord& record) {
  offered_.erase(record.file);
  if (noted_.erase(record.file) > 0) answered_.push_back(record.file);
  const auto written = base::write_all(output_, format_result(record));
  if (!written) return base::system_failure("unable to write output", written.error().error);
  return {};
}

void NamedFiles::note_sending(const std::vector<std::string>& names, const std::string& server) {
  const auto now = base::read_clock().wall_seconds;
  std::vector<mail::Fields> records;
  const auto add = [&](const std::string& name) {
    if (!is_spool_file(name)) return false;
    records.push_back(mail::sending_record(mail::unique_name(name), now, server.empty() ? "unknown" : server));
    return true;
  };
  for (const auto& name : names) {
    offered_.erase(name);
    if (noted_.erase(name) == 0) add(name);
  }
  if (records.empty()) return;
  std::vector<std::string> behind;
  const auto add_behind = [&](const std::string& name) {
    const bool is_due = noted_.size() + behind.size() < max_noted_ahead && !noted_.contains(name);
    if (is_due && add(name)) behind.push_back(name);
  };
  for (const auto& name : offered_) add_behind(name);
  if (ahead_) add_behind(ahead_->name());
  for (const auto& name : names_.waiting()) add_behind(name);
  for (const auto& name : std::exchange(answered_, {})) {
    records.push_back(mail::unsent_record(mail::unique_name(name), now));
  }
  if (note(records)) noted_.insert(behind.begin(), behind.end());
}

void NamedFiles::note_unsent(const std::vector<std::string>& names) {
  const auto now = base::read_clock().wall_seconds;
  std::vector<mail::Fields> records;
  for (const auto& name : names) {
    if (is_spool_file(name)) records.push_back(mail::unsent_record(mail::unique_name(name), now));
  }
  note(records);
}

void NamedFiles::note_cut(const std::vector<std::string>& names) {
  const auto now = base::read_clock().wall_seconds;
  std::vector<mail::Fields> records;
  for (const auto& name : names) {
    offered_.erase(name);
    if (is_spool_file(name)) records.push_back(mail::cut_record(mail::unique_name(name), now));
  }
  note(records);
}

void NamedFiles::note_rest_unsent() {
  auto rest = std::exchange(answered_, {});
  rest.insert(rest.end(), noted_.begin(), noted_.end());
  noted_.clear();
  note_unsent(rest);
}

bool NamedFiles::note(const std::vector<mail::Fields>& records) {
  if (records.empty()) return true;
  const auto noted = journal_.append(records);
  if (!noted && !warned_) {
    base::log(base::Level::warning, "going on without the spool's journal: " + noted.error().text);
    warned_ = true;
  }
  return noted.has_value();
}

}  // namespace serialmail
