#include "pppctl/flush_job.h"

#include "base/bug.h"
#include "pppctl/timeline.h"

namespace pppctl {
namespace {

Progress::Time now() { return Progress::Time(read_moment().boot_ms); }

JobEnding ending_of(modem::RelayEnd end) {
  switch (end) {
    case modem::RelayEnd::program_ended:
      return JobEnding::ended;
    case modem::RelayEnd::line_gone:
      return JobEnding::line_gone;
    case modem::RelayEnd::silent:
      return JobEnding::silent;
    case modem::RelayEnd::stopped:
      return JobEnding::stopped;
  }
  base::bug("RelayEnd: bad value");
}

}  // namespace

base::Result<JobResult> run_flush(modem::Relay& relay, const std::vector<std::string>& argv,
                                  const conf::LinkProfile& link, Progress& progress, const JobListener& listener) {
  auto output = JobOutput::make(progress, listener);
  if (!output) return output.error();

  modem::RelayOrder order;
  order.argv = argv;
  order.descriptors = {6, 7};
  order.more = {{output->report_end(), report_descriptor}, {output->errors_end(), 2}};
  order.silence = link.silence;
  order.grace = link.grace;
  order.watch = &output->event();
  order.on_watch = [&] {
    output->take();
    return true;
  };
  order.tick = [&](const modem::RelayCounts& counts) {
    progress.count({counts.sent, counts.received}, now());
    listener.tick();
  };
  progress.begin_job(now());
  const auto outcome = relay.run(order);
  const auto last_words = output->finish();
  if (!outcome) return outcome.error();

  progress.count({outcome->counts.sent, outcome->counts.received}, now());
  JobResult result{ending_of(outcome->end), outcome->text, {}, {}, progress.has_totals()};
  result.record = progress.end_job(now());
  if (outcome->program && outcome->program->exited) result.record.exit = outcome->program->status;
  if (outcome->program && !outcome->program->exited) result.record.signal = outcome->program->status;
  result.record.text = last_words;
  return result;
}

}  // namespace pppctl
