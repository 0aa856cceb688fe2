// What a pass finds in its spool. The files are listed at once; then they are looked at, the oldest first, in as small
// pieces as the caller likes, because reading the heads of a great spool takes time, and on a cold disk long.
//
// Malformed files go to DIR/.offhook/bad, where somebody finds them and no flush stumbles over them. Not those that may
// still be being written, and not so many that this is more likely no spool at all: they stay, on hold in the journal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/directory.h"
#include "base/result.h"
#include "mta/mail/maildir_scan.h"
#include "mta/mail/spool_journal.h"
#include "mta/mail/text_store.h"
#include "serialmail/flush_books.h"
#include "serialmail/flush_order.h"
#include "serialmail/settlement.h"
#include "serialmail/spool_clock.h"

namespace serialmail {

inline constexpr std::int64_t malformed_settles_seconds = 60;  // since it was last written to
inline constexpr std::size_t max_put_aside = 16;               // in a survey

class SpoolSurvey {
 public:
  // All of them must outlive it.
  SpoolSurvey(const base::Directory& maildir, const FlushSettings& settings, mail::SpoolJournal& journal,
              FlushBooks& books, Settlement& settlement, SpoolClock& clock)
      : maildir_(maildir),
        settings_(settings),
        journal_(journal),
        books_(books),
        settlement_(settlement),
        clock_(clock) {}

  // Lists what is there and reads what the journal says of it. The candidates of the survey before are no more.
  base::Result<void> begin(bool is_first);
  // Looks at the next file; what can be sent is among the candidates then.
  void look();
  [[nodiscard]] bool is_over() const { return next_ == files_.size(); }
  // The rest is left: it counts, and nothing is known of it.
  void leave_rest();
  // What was found since it was last taken.
  std::vector<Candidate> take();
  [[nodiscard]] const std::vector<Candidate>& found() const { return found_; }

  // A file that has come since then, if it can be sent.
  std::optional<Candidate> look_at_arrival(const std::string& path);

  [[nodiscard]] const mail::SpoolHistory& history() const { return history_; }
  // As the journal is now.
  void read_history();

 private:
  struct Malformed {
    mail::MaildirFile file;
    std::string reason;
  };
  void look_at_next();
  void tell_of_bad();
  void finish_done(const Candidate& candidate);
  void settle_malformed();
  bool put_aside(const mail::MaildirFile& file);
  void hold(const Malformed& malformed);

  const base::Directory& maildir_;
  const FlushSettings& settings_;
  mail::SpoolJournal& journal_;
  FlushBooks& books_;
  Settlement& settlement_;
  SpoolClock& clock_;
  bool is_first_ = true;
  std::vector<mail::MaildirFile> files_;
  std::size_t next_ = 0;
  std::vector<Candidate> found_;
  std::vector<Malformed> malformed_;
  mail::TextStore recipients_;
  mail::SpoolHistory history_;
};

}  // namespace serialmail
