#include "pppctl/session.h"

#include <algorithm>

#include "base/run.h"
#include "base/stop_signals.h"
#include "conf/named_file.h"
#include "modem/port.h"
#include "pppctl/call.h"
#include "pppctl/money/caps.h"
#include "pppctl/notice.h"
#include "pppctl/recover.h"
#include "pppctl/timeline.h"

namespace pppctl {
namespace {

Verdict verdict_of(const base::Failure& failure) {
  const bool is_permanent = failure.kind == base::FailureKind::permanent;
  Verdict verdict;
  verdict.result = failure.error == EINTR ? CallResult::stopped : CallResult::failed;
  verdict.exit = base::exit_status(failure);
  verdict.retry = is_permanent ? modem::Retry::stop : modem::Retry::later;
  verdict.reason = failure.text;
  return verdict;
}

class Session {
 public:
  Session(const SessionSettings& settings, const conf::Places& places, const Moment& start, base::StopSignals& stop)
      : settings_(settings), places_(places), start_(start), stop_(stop), display_(settings.verbose, start) {}

  int run() {
    // Of a link that is none, no state is kept.
    if (auto file = conf::named_file(places_.links_dir(), settings_.link, "link"); !file)
      return without_ledger(file.error());
    auto plan = load_plan(places_, settings_.link);
    if (plan) choose_modem(*plan);
    if (plan && plan->link.kind == conf::LinkKind::ppp) {
      plan->standing = ppp::standing_line(places_.run, settings_.link);
      // Its port is none of this call's.
      if (plan->standing) plan->modem = conf::ModemProfile();
    }
    auto ledger = Ledger::open(places_.ledger_file());
    if (!ledger) return without_ledger(plan ? ledger.error() : plan.error());
    ledger_ = &*ledger;
    if (!plan) return conclude(verdict_of(plan.error()));
    if (auto recovered = recover(); !recovered) return conclude(verdict_of(recovered.error()));
    const auto waiting = count_waiting(*plan);
    if (!waiting) return conclude(verdict_of(waiting.error()));
    if (waiting->messages == 0 && !settings_.always) {
      if (display_.tells_all()) display_.say(settings_.link + ": no mail waits, nothing to call for");
      return 0;
    }
    return call(*plan);
  }

 private:
  // No ledger, no dial; and nobody remembers that it was said before.
  int without_ledger(const base::Failure& failure) {
    display_.say(settings_.link + ": " + failure.text);
    return base::exit_status(failure);
  }

  base::Result<void> recover() {
    const auto recoveries = recover_calls(*ledger_, places_, settings_.link, stop_);
    if (!recoveries) return recoveries.error();
    for (const auto& recovery : *recoveries) display_.timeline("recover", recovery.line);
    return {};
  }

  static base::Result<Waiting> count_waiting(const CallPlan& plan) {
    Waiting all;
    for (const auto& job : plan.jobs) {
      const auto waiting = waiting_mail(job.spool);
      if (!waiting) return waiting.error();
      all.messages += waiting->messages;
      all.octets += waiting->octets;
    }
    return all;
  }

  int call(const CallPlan& plan) {
    const auto device = modem::resolve_device(plan.modem.port);
    const CallStart start{settings_.link,      word(plan.link.kind), plan.link.phone, plan.link.modem, plan.modem.port,
                          device.value_or(""), plan.modem.lock_dir,  this_process(),  start_};
    const auto purse = open_purse(places_, plan.link, *ledger_, start_);
    if (!purse) return conclude(verdict_of(purse.error()));
    Meter meter(*purse, *ledger_);
    const auto begun = meter.begin(start, plan.modem.connect_timeout);
    if (!begun) return without_ledger(base::temporary("not dialled: " + begun.error().text));
    if (begun->refused) return conclude(verdict_of(base::temporary("not dialled: " + *begun->refused)));
    CallRun run(plan, start, begun->id, *ledger_, meter, display_, stop_);
    auto verdict = run.run();
    if (meter.reason()) {
      verdict.result = CallResult::budget_reached;
      verdict.retry = modem::Retry::later;
      verdict.reason = *meter.reason();
    }
    CallEnd end{verdict.result, "", verdict.line(), verdict.exit, read_moment(), run.on_hook_boot_ms()};
    if (verdict.retry) end.retry = modem::word(*verdict.retry);
    display_.timeline("done", summary_text(verdict, run.progress(), end.at.boot_ms - start_.boot_ms, begun->id));
    settle(meter, run, end.at);
    return conclude(verdict, begun->id, end);
  }

  void settle(Meter& meter, const CallRun& run, const Moment& end) {
    const auto settled = meter.settle(run.on_hook_boot_ms().value_or(end.boot_ms), run.progress().octets());
    if (!settled) display_.say(settings_.link + ": the call is not priced: " + settled.error().text);
    if (meter.cost())
      display_.timeline("", "it cost " + money::amount_text(meter.cost()->nano) + " " + meter.currency());
  }

  // Says what is to be said, once, and gives the exit status.
  int conclude(const Verdict& verdict, std::optional<std::int64_t> id = {}, const CallEnd& end = {}) {
    const auto before = ledger_->state(settings_.link);
    const auto notice =
        notice_of(settings_.link, before ? *before : std::optional<LinkState>(), verdict, read_moment().wall_ms);
    auto written = id             ? ledger_->end(*id, end, notice.state)
                   : notice.state ? ledger_->set_state(*notice.state)
                                  : base::Result<void>();
    if (display_.tells_all() && !id) {
      display_.say(settings_.link + ": " + verdict.line());
    } else if (!display_.tells_all() && notice.line) {
      display_.say(*notice.line);
    }
    if (written) return verdict.exit;
    display_.say(settings_.link + ": " + written.error().text);
    return std::max(verdict.exit, base::exit_temporary);
  }

  const SessionSettings& settings_;
  const conf::Places& places_;
  Moment start_;
  base::StopSignals& stop_;
  Display display_;
  Ledger* ledger_ = nullptr;
};

}  // namespace

base::Result<int> run_session(const SessionSettings& settings, const conf::Places& places) {
  const auto start = read_moment();
  auto stop = base::StopSignals::watch();
  if (!stop) return stop.error();
  return Session(settings, places, start, *stop).run();
}

}  // namespace pppctl
