// What becomes of a file once the client has a result for it. Results are settled in groups: the journal's records and
// the removals of a group are made durable together, and only then is anything said about them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.h"
#include "base/directory.h"
#include "conf/sender_priority.h"
#include "mta/mail/bounce.h"
#include "mta/mail/spool_journal.h"
#include "serialmail/flush_books.h"
#include "serialmail/flush_order.h"
#include "serialmail/line_word.h"
#include "serialmail/report.h"
#include "serialmail/spool_clock.h"

namespace serialmail {

// A power cut forgets at most this many removals, whose mail is then sent again.
inline constexpr std::size_t max_group_files = 64;
inline constexpr std::chrono::milliseconds max_group_age{100};

struct FlushSettings {
  std::string prefix;
  std::optional<mail::BounceHost> bounce_host;  // refused mail is bounced; none: it stays
  std::optional<std::int64_t> lifetime;         // seconds
  conf::SenderPriorities senders;
  OrderSettings order;
  std::optional<int> client_report;  // the descriptor on which the client is told to report
  LineWord line;
};

class Settlement {
 public:
  // All of them must outlive it.
  Settlement(const base::Directory& maildir, const FlushSettings& settings, mail::SpoolJournal& journal,
             FlushBooks& books, Report& report, SpoolClock& clock)
      : maildir_(maildir), settings_(settings), journal_(journal), books_(books), report_(report), clock_(clock) {}

  // The spool's past as it was when the pass began; has to be set before the first result.
  void set_history(const mail::SpoolHistory* history) { history_ = history; }

  // A result that counts. An accepted file is unlinked at once; the rest waits for the group.
  void add(const Candidate& candidate, char status, const std::string& text);
  // Never passes while nothing waits.
  [[nodiscard]] base::Deadline due() const { return due_; }
  void settle_if_due();
  void settle();

  // A file that was accepted or bounced before and could not be removed. False: it still cannot.
  bool remove_done(std::string_view path);
  // Records in the journal. False: they could not be written, and the flush goes on without.
  bool note(const std::vector<mail::Fields>& records);
  // The folder that the spool has beside its mail cannot be used: no room, or no right. Mail goes all the same, only
  // answers and doubts are not remembered. Said once a run.
  void folder_trouble(const base::Failure& failure);

 private:
  struct Item {
    Candidate candidate;
    Judgement judgement;
    std::string text;
    bool removed = false;
  };

  base::Result<void> unlink(std::string_view path, std::string_view unique);
  void remove(Item& item);
  void bounce_item(Item& item);
  void sync_folders();
  void tell(const Item& item);

  const base::Directory& maildir_;
  const FlushSettings& settings_;
  mail::SpoolJournal& journal_;
  FlushBooks& books_;
  Report& report_;
  SpoolClock& clock_;
  const mail::SpoolHistory* history_ = nullptr;
  std::vector<Item> group_;
  base::Deadline due_;
  bool new_changed_ = false;
  bool cur_changed_ = false;
  bool warned_ = false;
};

}  // namespace serialmail
