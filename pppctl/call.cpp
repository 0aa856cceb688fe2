#include "pppctl/call.h"

#include <algorithm>

#include "base/bug.h"
#include "base/child.h"
#include "conf/places.h"
#include "pppctl/flush_job.h"
#include "pppctl/timeline.h"

namespace pppctl {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t note_every_ms = 10000;  // octets into the ledger while jobs run
constexpr milliseconds drain_limit{5000};      // a DCE that takes no more octets would be waited for in vain
constexpr milliseconds drain_look{20};

modem::Trouble trouble_of(const base::Failure& failure, modem::Retry usual) {
  const bool is_permanent = failure.kind == base::FailureKind::permanent;
  return {is_permanent ? modem::Retry::stop : usual, failure.text, "", failure.error};
}

CallOrder order_of(const CallPlan& plan) {
  CallOrder order{plan.link.phone, plan.link.reliable, plan.link.file, plan.link.silence, {}};
  for (const auto& job : plan.jobs) order.jobs.push_back("flush " + job.route);
  return order;
}

}  // namespace

CallRun::CallRun(const CallPlan& plan, const CallStart& start, std::int64_t id, Ledger& ledger, Display& display,
                 base::StopSignals& stop)
    : plan_(plan), start_(start), id_(id), ledger_(ledger), display_(display), stop_(stop), core_(order_of(plan)) {
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
      // What is about to happen stands in the ledger before it does.
      if (auto trouble = write_phases()) {
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
  if (std::holds_alternative<Core::Prepare>(action)) return prepare();
  if (std::holds_alternative<Core::Rest>(action)) return rest();
  if (std::holds_alternative<Core::Dial>(action)) return dial();
  if (const auto* job = std::get_if<Core::RunJob>(&action)) return run_job(job->index);
  if (std::holds_alternative<Core::Drain>(action)) return drain();
  if (std::holds_alternative<Core::HangUp>(action)) return hang_up();
  if (std::holds_alternative<Core::Close>(action)) return close();
  return {};
}

void CallRun::enter(const Core::Enter& enter) {
  unwritten_.push_back({enter.phase, read_moment(), enter.trouble});
  must_be_written_ = must_be_written_ || enter.must_be_written;
  if (enter.trouble) display_.timeline("failed", enter.trouble->line());
  display_.timeline(word(enter.phase), enter.detail);
}

std::optional<modem::Trouble> CallRun::write_phases() {
  if (unwritten_.empty()) return {};
  const auto changes = std::exchange(unwritten_, {});
  const bool must = std::exchange(must_be_written_, false);
  const auto written = ledger_.change_phases(id_, changes, progress_.octets());
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

SessionCore::Event CallRun::open() {
  auto opened = modem::Modem::open(
      plan_.modem, "pppctl", &stop_,
      {[&](std::string_view text) { display_.timeline("modem", text); }, conf::Places::from_environment().run});
  if (!opened) return Core::Failed{opened.error()};
  modem_.emplace(std::move(*opened));
  relay_.emplace(*modem_, &stop_);
  const auto& device = modem_->port().device();
  return Core::Opened{plan_.modem.lock_dir + "/" + modem::lock_name(device), device};
}

SessionCore::Event CallRun::prepare() {
  const auto ready = modem_->prepare(modem::Use::line, plan_.link.phone);
  if (!ready) return Core::Failed{ready.error()};
  return Core::Prepared{};
}

// The exchange and the modem must have seen on-hook for a while since the last call.
SessionCore::Event CallRun::rest() {
  const auto last = ledger_.last_on_hook(start_.port, start_.process.boot_id);
  if (!last) return Core::Failed{trouble_of(last.error(), modem::Retry::later)};
  if (!*last) return Core::Rested{};
  const milliseconds passed(read_moment().boot_ms - **last);
  const milliseconds pause = std::min(plan_.link.redial - passed, plan_.link.redial);
  if (pause.count() <= 0) return Core::Rested{};
  display_.timeline("", "on-hook for " + seconds_text(pause.count()) + " more before the next dial");
  const auto rested = base::pause(base::Deadline::after(pause), &stop_);
  if (!rested) return Core::Failed{trouble_of(rested.error(), modem::Retry::soon)};
  return Core::Rested{};
}

SessionCore::Event CallRun::dial() {
  modem::DialOrder order;
  order.phone = plan_.link.phone;
  order.script = plan_.script ? &*plan_.script : nullptr;
  order.log = [&](std::string_view step) { display_.detail(step); };
  dialled_ = true;
  const auto connection = modem_->dial(order);
  if (!connection) return Core::Failed{connection.error()};
  const auto& connect = connection->connect;
  progress_.set_speed(connect.speed);
  const auto noted = ledger_.note_connection(
      id_, connect.text, connect.speed ? std::optional<std::int64_t>(*connect.speed) : std::optional<std::int64_t>());
  if (!noted) note_ledger_trouble(noted.error());
  return Core::Dialled{connect.text, connect.error_corrected};
}

SessionCore::Event CallRun::run_job(std::size_t index) {
  const auto& job = plan_.jobs.at(index);
  JobResult result;
  const auto waiting = waiting_mail(job.spool);
  if (waiting && waiting->messages == 0) {
    result.has_totals = true;
    result.record.exit = 0;
    result.record.text = "nothing waits";
    display_.timeline("", job.route + ": nothing waits");
  } else {
    if (waiting) {
      display_.timeline(
          "", job.route + ": " + std::to_string(waiting->messages) + " waiting, " + octets_text(waiting->octets));
    }
    last_note_boot_ms_ = read_moment().boot_ms;
    const auto argv = flush_command(job, plan_, base::sibling_program("maildirserial"),
                                    base::sibling_program("serialsmtp"), report_descriptor);
    const JobListener listener{[&] { tick(); }, [&](std::string_view line) { display_.timeline("", line); }};
    auto ran = run_flush(*relay_, argv, plan_.link, progress_, listener);
    if (!ran) return Core::Failed{trouble_of(ran.error(), modem::Retry::later)};
    result = std::move(*ran);
  }
  result.record.job = "flush";
  result.record.route = job.route;
  if (const auto added = ledger_.add_job(id_, result.record); !added) note_ledger_trouble(added.error());
  if (index + 1 == plan_.jobs.size() || result.ending != JobEnding::ended) {
    display_.timeline("", jobs_text(progress_));
  }
  return Core::JobEnded{std::move(result)};
}

void CallRun::tick() {
  display_.progress(start_.link, progress_);
  const auto now = read_moment();
  if (now.boot_ms - last_note_boot_ms_ < note_every_ms) return;
  last_note_boot_ms_ = now.boot_ms;
  if (const auto noted = ledger_.note_octets(id_, progress_.octets(), now); !noted) note_ledger_trouble(noted.error());
}

// The last program's goodbye is still to leave this host.
SessionCore::Event CallRun::drain() {
  const auto limit = base::Deadline::after(drain_limit);
  while (modem_->port().unsent().value_or(0) > 0 && !limit.passed() && !modem_->carrier_lost()) {
    const auto looked = base::pause(base::Deadline::after(drain_look), &stop_);
    if (!looked) return Core::Failed{trouble_of(looked.error(), modem::Retry::soon)};
  }
  return Core::Drained{};
}

SessionCore::Event CallRun::hang_up() {
  const auto down = modem_->hang_up();
  if (dialled_) on_hook_boot_ms_ = read_moment().boot_ms;
  if (!down) return Core::Failed{down.error()};
  return Core::OnHook{};
}

SessionCore::Event CallRun::close() {
  relay_.reset();
  const auto closed = modem_->close();
  modem_.reset();
  if (!closed) return Core::Failed{closed.error()};
  return Core::Closed{};
}

}  // namespace pppctl
