#include "pppctl/call.h"

#include "base/bug.h"

namespace pppctl {
namespace {

CallOrder order_of(const CallPlan& plan) {
  CallOrder order{plan.link.phones, plan.link.reliable, plan.link.file, plan.link.silence, {}};
  order.has_ppp = plan.link.kind == conf::LinkKind::ppp;
  order.has_modem = dials(plan.link);
  order.is_always_up = plan.link.kind == conf::LinkKind::always || plan.standing.has_value();
  for (const auto& job : plan.jobs) order.jobs.push_back(word(job.job) + (job.route.empty() ? "" : " " + job.route));
  return order;
}

}  // namespace

modem::Trouble trouble_of(const base::Failure& failure, modem::Retry usual) {
  const bool is_permanent = failure.kind == base::FailureKind::permanent;
  return {is_permanent ? modem::Retry::stop : usual, failure.text, "", failure.error};
}

CallRun::CallRun(const CallPlan& plan, const CallStart& start, std::int64_t id, Ledger& ledger, Meter& meter,
                 Display& display, base::StopSignals& stop)
    : plan_(plan),
      start_(start),
      id_(id),
      ledger_(ledger),
      meter_(meter),
      display_(display),
      stop_(stop),
      core_(order_of(plan)),
      phone_(plan.link.phone),
      places_(conf::Places::from_environment()) {
  std::uint64_t octets = 0;
  for (const auto& job : plan.jobs) {
    if (const auto waiting = waiting_mail(job.spool)) octets += waiting->octets;
  }
  progress_.expect(octets);
}

Verdict CallRun::run() {
  auto actions = core_.start();
  for (;;) {
    std::optional<Core::Event> event;
    for (const auto& action : actions) {
      if (const auto* phase = std::get_if<Core::Enter>(&action)) {
        enter(*phase);
        continue;
      }
      // What is about to happen stands in the ledger before it does; a drain is short, and hanging up comes next.
      if (auto trouble = std::holds_alternative<Core::Drain>(action) ? std::nullopt : write_news()) {
        event = Core::Failed{std::move(*trouble)};
        break;
      }
      if (const auto* finish = std::get_if<Core::Finish>(&action)) return finish->verdict;
      event = perform(action);
      break;
    }
    if (!event) base::bug("CallRun: nothing left to do");
    actions = core_.on(*event);
  }
}

std::optional<SessionCore::Event> CallRun::perform(const Core::Action& action) {
  if (std::holds_alternative<Core::Open>(action)) return open();
  if (const auto* next = std::get_if<Core::Prepare>(&action)) return prepare(next->phone);
  if (std::holds_alternative<Core::Rest>(action)) return rest();
  if (const auto* number = std::get_if<Core::Dial>(&action)) return dial(number->phone);
  if (std::holds_alternative<Core::BringUp>(action)) return bring_up();
  if (const auto* job = std::get_if<Core::RunJob>(&action)) return run_job(job->index);
  if (std::holds_alternative<Core::Drain>(action)) return drain();
  if (std::holds_alternative<Core::HangUp>(action)) return hang_up();
  if (std::holds_alternative<Core::Close>(action)) return close();
  return {};
}

void CallRun::enter(const Core::Enter& enter) {
  unwritten_.push_back({enter.phase, read_moment(), enter.trouble, enter.number});
  must_be_written_ = must_be_written_ || enter.must_be_written;
  if (enter.trouble) display_.timeline("failed", enter.trouble->line());
  display_.timeline(word(enter.phase), enter.detail);
}

std::optional<modem::Trouble> CallRun::write_news() {
  if (unwritten_.empty() && news_.empty()) return {};
  const auto changes = std::exchange(unwritten_, {});
  const auto news = std::exchange(news_, {});
  const bool must = std::exchange(must_be_written_, false);
  const auto written = ledger_.change_phases(id_, changes, octets(), news);
  if (written) return {};
  if (must) return modem::Trouble{modem::Retry::later, "not dialled: " + written.error().text, "", 0};
  note_ledger_trouble(written.error());
  return {};
}

// The call goes on: the mail is safe without the ledger.
void CallRun::note_ledger_trouble(const base::Failure& failure) {
  if (!ledger_trouble_) display_.say(start_.link + ": going on though " + failure.text);
  ledger_trouble_ = true;
}

}  // namespace pppctl
