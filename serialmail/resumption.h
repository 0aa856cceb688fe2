// Which messages are sent with a TRANSID (RFC 1845), and what the spool's journal remembers of it: so that a message is
// gone on with where a line was cut, and a server can be asked whether it has one whose answer was lost.
//
// Only exactly the transaction that stands in the journal is resumed: the same files of the same size, the same HELO
// name, the same server. Anything else is a new one, and files that come later never join.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/directory.h"
#include "base/result.h"
#include "mta/mail/smtp_client.h"
#include "mta/mail/spool_journal.h"
#include "serialmail/named_files.h"

namespace serialmail {

// A TRANSID costs three round trips and the octets of its parameter. A body that takes so long is worth it: on a
// telephone line, or as long as nothing is measured, one of these octets.
inline constexpr std::uint64_t transid_from_bytes = 32UL * 1024;
inline constexpr std::chrono::milliseconds transid_from_time{10'000};
inline constexpr int transid_from_exchanges = 30;  // it is to cost no more than a tenth of the body's time

// From how many octets on a line that took so long for so many of them, and answers in this time, wants a TRANSID.
std::uint64_t transid_from(std::uint64_t octets, std::chrono::milliseconds took, std::chrono::milliseconds exchange);

class Resumption {
 public:
  // The spool, which has to outlive this.
  Resumption(const base::Directory& directory, std::string helo_name)
      : journal_(directory), helo_name_(std::move(helo_name)) {}

  // Two copies of a message: both were in one transaction, or neither was in any.
  bool may_join(const std::string& name, const std::string& other);
  // For messages from so many octets on, instead of transid_from_bytes.
  void begin_from(std::uint64_t octets) { from_bytes_ = octets; }
  // For a server that offers CHECKPOINT; none: the message is sent without.
  std::optional<mail::SmtpClient::Transid> transid_for(const Consignment& mail, const std::string& server);
  // The server took these recipients, by these replies, under the TRANSID that was given last. Synced before it
  // returns; without a journal the transaction goes on, and is not resumed.
  void keep(const Consignment& mail, const std::vector<std::size_t>& accepted, const std::vector<std::string>& replies);
  // The TRANSID is of no use.
  void forget(const Consignment& mail);

 private:
  [[nodiscard]] const mail::JournalTransid* past_of(const std::string& name);
  [[nodiscard]] bool is_resumable(const std::vector<std::string>& names, const mail::JournalTransid& now);
  void append(const std::vector<mail::Fields>& records);

  mail::SpoolJournal journal_;
  std::string helo_name_;
  std::uint64_t from_bytes_ = transid_from_bytes;
  std::optional<mail::SpoolHistory> history_;  // as it was before this session
  mail::JournalTransid given_;                 // last
};

}  // namespace serialmail
