// A flush: passes over a maildir until nothing is left that can be sent in this run.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/directory.h"
#include "base/result.h"
#include "mta/mail/maildir_scan.h"
#include "mta/mail/spool_file.h"
#include "mta/mail/spool_journal.h"
#include "serialmail/client_run.h"
#include "serialmail/flush_books.h"
#include "serialmail/report.h"
#include "serialmail/settlement.h"
#include "serialmail/spool_clock.h"
#include "serialmail/spool_lock.h"

namespace serialmail {

class Flush {
 public:
  // The maildir is the working directory. All of them must outlive the flush.
  Flush(const base::Directory& maildir, const FlushSettings& settings, std::vector<std::string> client, Report& report,
        base::StopSignals& signals);

  // The exit status, 0 or 111; a failure is something that ended the run before its time (100 only when the client said
  // so).
  base::Result<int> run();
  [[nodiscard]] Totals totals() const { return books_.totals(); }

 private:
  enum class PassEnd { nothing_to_send, go_on, stopped };

  base::Result<PassEnd> pass(bool is_first);
  base::Result<std::vector<Candidate>> choose(bool is_first);
  void consider(const mail::MaildirFile& file, bool is_first, std::vector<Candidate>& chosen);
  base::Result<mail::SpoolFile> read_head(const mail::MaildirFile& file);
  void hold(const mail::MaildirFile& file, const mail::SpoolPast* past, const std::string& reason);
  void announce(const std::vector<Candidate>& chosen, bool is_first);
  void read_history();
  void take_result(const ResultRecord& record);
  void note_unknown();
  void save_clock();

  const base::Directory& maildir_;
  const FlushSettings& settings_;
  std::vector<std::string> client_;
  Report& report_;
  base::StopSignals& signals_;
  base::Fd lock_;
  SpoolClock clock_;
  mail::SpoolJournal journal_;
  mail::SpoolHistory history_;
  FlushBooks books_;
  Settlement settlement_;
  bool warned_of_forgery_ = false;
};

}  // namespace serialmail
