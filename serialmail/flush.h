// A flush: passes over a maildir until nothing is left that can be sent in this run.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "base/directory.h"
#include "base/result.h"
#include "mta/mail/spool_journal.h"
#include "serialmail/arrivals.h"
#include "serialmail/client_run.h"
#include "serialmail/flush_books.h"
#include "serialmail/flush_order.h"
#include "serialmail/giving_pace.h"
#include "serialmail/report.h"
#include "serialmail/settlement.h"
#include "serialmail/spool_clock.h"
#include "serialmail/spool_lock.h"
#include "serialmail/spool_survey.h"

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
  [[nodiscard]] std::map<Bound, std::size_t> kept_back() const { return order_.kept_back(); }

 private:
  enum class PassEnd { nothing_to_send, go_on, stopped };

  base::Result<PassEnd> pass(bool is_first);
  void look_for(std::chrono::milliseconds span);
  bool is_worth_running();
  bool prepare(FlushTime names_due, bool is_first);
  void announce(bool is_first);
  std::string next_names(bool is_first);
  std::string names_of_next();
  void take_arrivals();
  void tell_kept_back();
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
  FlushBooks books_;
  Settlement settlement_;
  SpoolSurvey survey_;
  FlushOrder order_;
  std::size_t judged_ = 0;  // of the survey's candidates: no bound lets them go
  bool has_order_ = false;  // the pass gives names
  Arrivals arrivals_;
  GivingPace pace_;
  std::string held_names_;  // of a message that did not fit any more
  bool warned_of_forgery_ = false;
};

}  // namespace serialmail
