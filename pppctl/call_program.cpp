// How a call runs the administrator's programs: the job hook, and what brings a link of kind command up and down.
#include <cerrno>

#include "pppctl/call.h"
#include "pppctl/timeline.h"

namespace pppctl {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds probe_pause{1000};

std::string ending_text(const JobResult& result) {
  const auto& record = result.record;
  std::string text =
      record.exit ? "status " + std::to_string(*record.exit) : "signal " + std::to_string(record.signal.value_or(0));
  if (!record.text.empty()) text += ": " + record.text;
  return text;
}

}  // namespace

ProgramFacts CallRun::program_facts() const {
  return {plan_.link.name, word(plan_.link.kind), phone_, id_, interface_, name_servers_};
}

base::Result<JobResult> CallRun::run_program(const conf::LimitedProgram& program, base::StopSignals* stop) {
  IpJobOrder order;
  order.argv = program.argv;
  order.environment = program_environment(program_facts(), places_);
  order.limit = program.limit;
  order.grace = plan_.link.grace;
  // No mail: its octets and counts are nobody's.
  Progress apart;
  const JobListener listener{[] {}, [&](std::string_view line) { display_.timeline("", line); }};
  return run_ip_job(order, {}, stop, apart, listener);
}

// What becomes of it stands in the ledger, and stops no mail.
JobResult CallRun::run_hook(const JobListener& listener) {
  IpJobOrder order;
  order.argv = plan_.link.hook.argv;
  order.environment = program_environment(program_facts(), places_);
  order.limit = plan_.link.hook.limit;
  order.grace = plan_.link.grace;
  const auto line = has_network() ? network_line() : NetworkLine{};
  auto ran = run_ip_job(order, line, &stop_, progress_, listener);
  JobResult result;
  if (ran) result = std::move(*ran);
  if (!ran) result.record.text = ran.error().text;
  result.is_hook = true;
  if (result.record.exit != 0) display_.timeline("", "hook: " + ending_text(result));
  return result;
}

SessionCore::Event CallRun::bring_up_by_program() {
  const auto& command = plan_.link.command;
  was_brought_up_ = true;
  const auto until = base::Deadline::after(command.up.limit);
  const auto up = run_program(command.up, &stop_);
  if (!up) return Core::Failed{trouble_of(up.error(), modem::Retry::stop)};
  if (up->ending == JobEnding::stopped) return Core::Failed{{modem::Retry::soon, up->text, "", EINTR}};
  if (up->record.exit != 0) {
    return Core::Failed{{modem::Retry::later, "the link's up program ended with " + ending_text(*up), "", 0}};
  }
  for (;;) {
    if (command.probe.argv.empty()) break;
    const auto probe = run_program(command.probe, &stop_);
    if (!probe) return Core::Failed{trouble_of(probe.error(), modem::Retry::stop)};
    if (probe->ending == JobEnding::stopped) return Core::Failed{{modem::Retry::soon, probe->text, "", EINTR}};
    if (probe->record.exit == 0) break;
    if (until.passed()) {
      return Core::Failed{{modem::Retry::later,
                           "the link did not come up within " + modem::time_text(command.up.limit) +
                               ": its probe ended with " + ending_text(*probe),
                           "", 0}};
    }
    if (const auto waited = base::pause(base::Deadline::after(probe_pause), &stop_); !waited) {
      return Core::Failed{trouble_of(waited.error(), modem::Retry::soon)};
    }
  }
  interface_.name = command.interface;
  news_.interface = interface_;
  return Core::Up{"", command.up.argv.front()};
}

modem::Outcome<void> CallRun::take_down_by_program() {
  if (!was_brought_up_) return {};
  was_brought_up_ = false;
  const auto down = run_program(plan_.link.command.down, nullptr);
  if (down && down->record.exit == 0) return {};
  const std::string why = down ? "ended with " + ending_text(*down) : "cannot be run: " + down.error().text;
  return modem::fail({modem::Retry::stop, "the link's down program " + why, "see whether the link is still up", 0});
}

}  // namespace pppctl
