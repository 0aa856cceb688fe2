// How a call's jobs are run: on the line itself, or over the network that it leads to.
#include "base/child.h"
#include "pppctl/call.h"
#include "pppctl/flush_job.h"
#include "pppctl/ip_job.h"
#include "pppctl/timeline.h"

namespace pppctl {
namespace {

constexpr std::int64_t note_every_ms = 10000;  // octets into the ledger while jobs run

}  // namespace

SessionCore::Event CallRun::run_job(std::size_t index) {
  const auto& job = plan_.jobs.at(index);
  // Without a modem the billing begins where the network is there.
  if (!modem_ && index == 0 && !meter_.connected(read_moment(), std::chrono::milliseconds(0)))
    return Core::Failed{over_budget()};
  const JobListener listener{[&] { tick(); }, [&](std::string_view line) { display_.timeline("", line); }};
  last_note_boot_ms_ = read_moment().boot_ms;
  JobResult result;
  if (job.job == conf::Job::hook) {
    result = run_hook(listener);
  } else {
    auto ran = run_flush_of(job, listener);
    if (!ran) return Core::Failed{trouble_of(ran.error(), modem::Retry::later)};
    result = std::move(*ran);
  }
  result.record.job = word(job.job);
  result.record.route = job.route;
  news_.jobs.push_back(result.record);
  if (index + 1 == plan_.jobs.size() || result.ending != JobEnding::ended) {
    display_.timeline("", jobs_text(progress_));
  }
  return Core::JobEnded{std::move(result)};
}

base::Result<JobResult> CallRun::run_flush_of(const CallJob& job, const JobListener& listener) {
  const auto waiting = waiting_mail(job.spool);
  if (waiting && waiting->messages == 0) {
    JobResult result;
    result.has_totals = true;
    result.record.exit = 0;
    result.record.text = "nothing waits";
    display_.timeline("", job.route + ": nothing waits");
    return result;
  }
  if (waiting) {
    display_.timeline(
        "", job.route + ": " + std::to_string(waiting->messages) + " waiting, " + octets_text(waiting->octets));
  }
  return has_network() ? flush_over_network(job, listener) : flush_over_line(job, listener);
}

base::Result<JobResult> CallRun::flush_over_line(const CallJob& job, const JobListener& listener) {
  const auto argv = flush_command(job, plan_, base::sibling_program("maildirserial"),
                                  base::sibling_program("serialsmtp"), report_descriptor);
  return run_flush(*relay_, argv, plan_.link, progress_, listener);
}

base::Result<JobResult> CallRun::flush_over_network(const CallJob& job, const JobListener& listener) {
  IpJobOrder order;
  order.argv = network_flush_command(job, plan_, base::sibling_program, report_descriptor, line_descriptor);
  order.minds_line = true;
  order.silence = plan_.link.silence;
  order.grace = plan_.link.grace;
  return run_ip_job(order, network_line(), &stop_, progress_, listener);
}

void CallRun::tick() {
  display_.progress(start_.link, progress_);
  const auto now = read_moment();
  if (meter_.tick(now, progress_.octets(), progress_.accepted()) != Meter::Order::go_on) stop_.order();
  if (now.boot_ms - last_note_boot_ms_ < note_every_ms) return;
  last_note_boot_ms_ = now.boot_ms;
  if (const auto noted = ledger_.note_octets(id_, octets(), now); !noted) note_ledger_trouble(noted.error());
}

}  // namespace pppctl
