// One call carried out: performs the actions of SessionCore on the modem, the jobs and the ledger.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/secret.h"
#include "base/stop_signals.h"
#include "modem/relay.h"
#include "pppctl/connect.h"
#include "pppctl/display.h"
#include "pppctl/hook_job.h"
#include "pppctl/ip_job.h"
#include "pppctl/ledger.h"
#include "pppctl/meter.h"
#include "pppctl/plan.h"
#include "pppctl/ppp/pppd.h"
#include "pppctl/progress.h"
#include "pppctl/session_core.h"

namespace pppctl {

modem::Trouble trouble_of(const base::Failure& failure, modem::Retry usual);

class CallRun {
 public:
  // start: as the row was begun with.
  CallRun(const CallPlan& plan, const CallStart& start, std::int64_t id, Ledger& ledger, Meter& meter, Display& display,
          base::StopSignals& stop);

  // To the end of the call: the port is closed, the lock gone; the row is the caller's to close.
  Verdict run();
  [[nodiscard]] const Progress& progress() const { return progress_; }
  // Of the call: pppd's own count once it has said it.
  [[nodiscard]] Octets octets() const;
  [[nodiscard]] std::optional<std::int64_t> on_hook_boot_ms() const { return on_hook_boot_ms_; }

 private:
  using Core = SessionCore;

  std::optional<Core::Event> perform(const Core::Action& action);
  void enter(const Core::Enter& enter);
  // Writes the phases that were entered and what became known; trouble only if one of the phases had to be written.
  std::optional<modem::Trouble> write_news();
  // The meter's reason.
  [[nodiscard]] modem::Trouble over_budget() const {
    return {modem::Retry::later, meter_.reason().value_or(""), "", 0};
  }
  void note_ledger_trouble(const base::Failure& failure);

  Core::Event open();
  Core::Event prepare(const std::string& phone);
  Core::Event rest();
  Core::Event dial(const std::string& phone);
  Core::Event bring_up();
  Core::Event bring_up_by_pppd();
  Core::Event use_standing_line();
  [[nodiscard]] modem::Outcome<void> check_firewall_program() const;
  [[nodiscard]] modem::Outcome<void> check_firewall() const;
  Core::Event bring_up_by_program();
  Core::Event run_job(std::size_t index);
  Core::Event drain();
  Core::Event hang_up();
  Core::Event close();
  void tick();
  base::Result<JobResult> flush_over_line(const CallJob& job, const JobListener& listener);
  base::Result<JobResult> flush_over_network(const CallJob& job, const JobListener& listener);
  [[nodiscard]] NetworkLine network_line();

  [[nodiscard]] bool has_ppp() const { return plan_.link.kind == conf::LinkKind::ppp; }
  // The jobs connect themselves; else they have the line.
  [[nodiscard]] bool has_network() const { return plan_.link.kind != conf::LinkKind::line; }
  modem::Outcome<base::Secret> read_password() const;
  base::Result<base::Fd> line_for_pppd();
  modem::Outcome<void> start_pppd();
  std::optional<ConnectReport> take_connect_report();
  void forget_connect_report() const;
  void note_dials(const std::vector<ConnectDial>& dials);
  void note_connection(const std::string& connect, std::optional<unsigned> speed);
  [[nodiscard]] ProgramFacts program_facts() const;
  base::Result<JobResult> run_program(const conf::LimitedProgram& program, base::StopSignals* stop);
  JobResult run_hook(const JobListener& listener);
  base::Result<JobResult> run_flush_of(const CallJob& job, const JobListener& listener);
  // pppd, and with it the interface.
  void take_down_pppd();
  modem::Outcome<void> take_down_by_program();
  const CallPlan& plan_;
  const CallStart& start_;
  std::int64_t id_;
  Ledger& ledger_;
  Meter& meter_;
  Display& display_;
  base::StopSignals& stop_;

  Core core_;
  Progress progress_;
  std::optional<modem::Modem> modem_;
  std::optional<modem::Relay> relay_;
  std::optional<ppp::Pppd> pppd_;
  bool was_brought_up_ = false;  // by the up program: the down program has to be run
  std::string phone_;            // the one that is dialled
  InterfaceNote interface_;
  std::vector<std::string> name_servers_;
  conf::Places places_;
  std::vector<PhaseChange> unwritten_;
  CallNews news_;  // as yet unwritten
  ModemNote heard_;
  bool must_be_written_ = false;
  bool ledger_trouble_ = false;
  std::int64_t last_note_boot_ms_ = 0;
  bool dialled_ = false;
  std::optional<std::int64_t> on_hook_boot_ms_;
};

}  // namespace pppctl
