#include "mta/mail/submission.h"

#include <algorithm>
#include <set>

#include "mta/mail/address.h"

namespace mail {
namespace {

constexpr std::string_view resent_prefix = "Resent-";

bool is_resent(const Header& header) {
  return std::any_of(header.begin(), header.end(), [](const HeaderField& field) {
    const HeaderField front{field.name.substr(0, resent_prefix.size()), {}};
    return front.is(resent_prefix);
  });
}

std::string written(const Author& author) {
  const auto address = Address::from_envelope(author.address);
  const std::string mailbox = address ? to_mailbox(*address) : author.address;
  if (author.full_name.empty()) return mailbox;
  return format_phrase(author.full_name) + " <" + mailbox + ">";
}

}  // namespace

base::Result<std::vector<std::string>> header_recipients(const Header& header, const HostDefaults& defaults) {
  const std::string prefix(is_resent(header) ? resent_prefix : "");
  std::vector<std::string> recipients;
  std::set<std::string> seen;
  for (const auto& field : header) {
    if (!field.is(prefix + "To") && !field.is(prefix + "Cc") && !field.is(prefix + "Bcc")) continue;
    auto addresses = parse_address_list(field.value, defaults);
    if (!addresses) return base::permanent("field " + field.name + ": " + addresses.error().text);
    for (auto& address : *addresses) {
      if (std::find(recipients.begin(), recipients.end(), address) == recipients.end())
        recipients.push_back(std::move(address));
    }
  }
  return recipients;
}

void complete_header(Header& header, const SubmissionFacts& facts) {
  const std::string prefix(is_resent(header) ? resent_prefix : "");
  std::erase_if(header, [](const HeaderField& field) {
    return field.is("Bcc") || field.is("Resent-Bcc") || field.is("Return-Path");
  });
  Header added;
  const auto add = [&](const std::string& name, const std::string& value) {
    if (find_field(header, prefix + name) == nullptr) added.push_back({prefix + name, " " + value});
  };
  add("Date", facts.date);
  add("From", written(facts.author));
  add("Message-ID", "<" + facts.message_id + ">");
  // In front, where a Resent- set belongs (RFC 5322 §3.6.6), but never before an mbox line.
  const bool mbox = !header.empty() && header.front().is("MBOX-Line");
  header.insert(header.begin() + (mbox ? 1 : 0), added.begin(), added.end());
}

}  // namespace mail
