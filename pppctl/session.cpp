#include "pppctl/session.h"

#include <algorithm>

#include "base/bug.h"
#include "base/run.h"
#include "base/stop_signals.h"
#include "conf/named_file.h"
#include "conf/waiting_file.h"
#include "modem/port.h"
#include "pppctl/call.h"
#include "pppctl/link_lock.h"
#include "pppctl/money/caps.h"
#include "pppctl/next_look.h"
#include "pppctl/notice.h"
#include "pppctl/outlook.h"
#include "pppctl/question.h"
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

// What of a failure stands in the link's state when there was no call: the configuration may be right the next time.
Verdict without_stop(Verdict verdict) {
  if (verdict.retry == modem::Retry::stop) verdict.retry = modem::Retry::later;
  return verdict;
}

int exit_of(const policy::Decision& decision) {
  switch (decision.why) {
    case policy::Why::stopped:
    case policy::Why::retries_used_up:
      return base::exit_permanent;
    case policy::Why::at_work:
    case policy::Why::pause:
    case policy::Why::back_off:
    case policy::Why::hour_ceiling:
    case policy::Why::day_ceiling:
    case policy::Why::money:
      return base::exit_temporary;
    case policy::Why::asked:
    case policy::Why::mail:
    case policy::Why::interval:
    case policy::Why::nothing_waits:
    case policy::Why::only_automatic:
    case policy::Why::too_little:
    case policy::Why::not_by_this_link:
    case policy::Why::window:
      return 0;
  }
  base::bug("Decision: bad value");
}

// Which of a link's numbers this call may dial.
void choose_numbers(conf::LinkProfile& link, const policy::Decision& decision) {
  auto& phones = link.phones;
  const auto is_used_up = [&](const std::string& phone) {
    return std::find(decision.used_up.begin(), decision.used_up.end(), phone) != decision.used_up.end();
  };
  phones.erase(std::remove_if(phones.begin(), phones.end(), is_used_up), phones.end());
  if (decision.most_dials) phones.resize(std::min(phones.size(), *decision.most_dials));
  if (!phones.empty()) link.phone = phones.front();
}

policy::Asked asked_by(const SessionSettings& settings) {
  if (settings.always) return policy::Asked::always;
  return settings.if_mail ? policy::Asked::by_itself : policy::Asked::by_order;
}

class Session {
 public:
  Session(const SessionSettings& settings, const conf::Places& places, const Moment& start, base::StopSignals& stop)
      : settings_(settings), places_(places), start_(start), stop_(stop), display_(settings.verbose, start) {}

  int run() {
    // Of a link that is none, no state is kept.
    if (auto file = conf::named_file(places_.links_dir(), settings_.link, "link"); !file)
      return without_ledger(file.error());
    auto plan = load_plan(places_, settings_.link, settings_.jobs);
    if (plan) choose_modem(*plan);
    if (plan && plan->link.kind == conf::LinkKind::ppp) {
      plan->standing = ppp::standing_line(places_.run, settings_.link);
      // Its port is none of this call's.
      if (plan->standing) plan->modem = conf::ModemProfile();
    }
    auto ledger = Ledger::open(places_.ledger_file());
    if (!ledger) return without_ledger(plan ? ledger.error() : plan.error());
    ledger_ = &*ledger;
    if (!plan) return conclude(without_stop(verdict_of(plan.error())));
    const auto lock = lock_link(places_, settings_.link);
    if (!lock) return not_locked(lock.error());
    if (auto recovered = recover(); !recovered) return conclude(without_stop(verdict_of(recovered.error())));
    plan->max_time = settings_.max_time;
    const auto decision = decide(plan->link);
    if (!decision) return conclude(without_stop(verdict_of(decision.error())));
    if (decision->act == policy::Act::call) {
      if (!decision->used_up.empty()) display_.timeline("", decision->reason);
      choose_numbers(plan->link, *decision);
      return call(*plan);
    }
    // It is the calls that came before which stand in the way now: worth a line, once.
    if (decision->why == policy::Why::money)
      return conclude(verdict_of(base::temporary("not dialled: " + decision->reason)));
    if (display_.tells_all()) display_.say(settings_.link + ": not called: " + decision->reason);
    return exit_of(*decision);
  }

 private:
  // No ledger, no dial; and nobody remembers that it was said before.
  int without_ledger(const base::Failure& failure) {
    display_.say(settings_.link + ": " + failure.text);
    return base::exit_status(failure);
  }

  // Where nobody asked for this very call, another one at work is nothing to speak of.
  int not_locked(const base::Failure& failure) {
    if (failure.error == EBUSY && settings_.if_mail && !display_.tells_all()) return base::exit_temporary;
    return without_ledger(failure);
  }

  base::Result<void> recover() {
    const auto recoveries = recover_calls(*ledger_, places_, settings_.link, stop_);
    if (!recoveries) return recoveries.error();
    for (const auto& recovery : *recoveries) {
      display_.timeline("recover", recovery.line);
      if (!recovery.done) continue;
      const auto before = ledger_->state(settings_.link);
      if (!before) return before.error();
      const auto notice = notice_of_death(settings_.link, *before, read_moment().wall_ms);
      if (auto noted = ledger_->set_state(*notice.state); !noted) return noted;
    }
    return {};
  }

  base::Result<policy::Decision> decide(const conf::LinkProfile& link) {
    RouteMail mail(places_, stop_);
    auto question = question_of(*ledger_, places_, link, asked_by(settings_), mail);
    if (!question) return question.error();
    if (settings_.if_mail) question->policy = with_conditions(std::move(question->policy), *settings_.if_mail);
    return policy::decide(*question);
  }

  int call(const CallPlan& plan) {
    const auto device = modem::resolve_device(plan.modem.port);
    const CallStart start{settings_.link,      word(plan.link.kind), plan.link.phone, plan.link.modem, plan.modem.port,
                          device.value_or(""), plan.modem.lock_dir,  this_process(),  start_};
    const auto purse = open_purse(places_, plan.link, *ledger_, start_);
    if (!purse) return conclude(without_stop(verdict_of(purse.error())));
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
    const auto settled = meter.settle(run.on_hook_boot_ms().value_or(end.boot_ms), run.octets());
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

// Each link that is called for now, the cheapest first; what is left then stands in run/waiting.
class AnySession {
 public:
  AnySession(const SessionSettings& settings, const conf::Places& places, base::StopSignals& stop)
      : settings_(settings), places_(places), stop_(stop) {}

  base::Result<int> run() {
    auto links = conf::names_in(places_.links_dir(), ".toml");
    if (!links) return links.error();
    auto outlook = look_out(places_, *links, settings_.if_mail, stop_);
    if (!outlook) return outlook.error();
    int exit = 0;
    for (const auto& link : outlook->broken) exit = std::max(exit, call(link));
    const auto calls = policy::calls_of(outlook->candidates, outlook->mail);
    for (const auto& link : calls) {
      if (stop_.count() > 0) return base::exit_temporary;
      exit = std::max(exit, call(link));
    }
    if (!calls.empty()) outlook = look_out(places_, *links, settings_.if_mail, stop_);
    if (!outlook) return outlook.error();
    const auto next = next_look(*outlook);
    const auto next_ms = next ? std::optional<std::int64_t>(next->time_since_epoch().count()) : std::nullopt;
    if (auto written = write_next_look(places_, next_ms); !written) return written.error();
    if (auto written = conf::write_waiting(places_, waiting_text(*outlook)); !written) return written.error();
    return exit;
  }

 private:
  int call(const std::string& link) {
    auto settings = settings_;
    settings.link = link;
    if (!settings.if_mail) settings.if_mail = MailConditions{true, {}, {}, {}, {}};
    return Session(settings, places_, read_moment(), stop_).run();
  }

  const SessionSettings& settings_;
  const conf::Places& places_;
  base::StopSignals& stop_;
};

}  // namespace

base::Result<int> run_session(const SessionSettings& settings, const conf::Places& places) {
  const auto start = read_moment();
  auto stop = base::StopSignals::watch();
  if (!stop) return stop.error();
  if (settings.link == any_link) return AnySession(settings, places, *stop).run();
  return Session(settings, places, start, *stop).run();
}

}  // namespace pppctl
