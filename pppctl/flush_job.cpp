#include "pppctl/flush_job.h"

#include <sys/epoll.h>

#include <array>

#include "base/bug.h"
#include "base/io.h"
#include "base/line_splitter.h"
#include "pppctl/timeline.h"

namespace pppctl {
namespace {

constexpr std::size_t block_bytes = 16384;
constexpr int blocks_a_look = 5;  // what a full pipe holds, and no more: the line must not wait for who never stops
constexpr std::size_t max_report_line = 4096;  // the report's own bound, PIPE_BUF
constexpr std::size_t max_said_line = max_reason_bytes;

Progress::Time now() { return Progress::Time(read_moment().boot_ms); }

// What the programs write, as lines, without ever waiting for it.
class Outlet {
 public:
  static base::Result<Outlet> make(std::size_t max_line) {
    auto pipe = base::make_pipe();
    if (!pipe) return pipe.error();
    if (auto set = base::set_nonblocking(pipe->read, true); !set) return set.error();
    return Outlet(std::move(*pipe), max_line);
  }

  [[nodiscard]] const base::Fd& read_end() const { return pipe_.read; }
  [[nodiscard]] int write_end() const { return pipe_.write.get(); }
  void close_write_end() { pipe_.write.reset(); }

  void pass_lines(const std::function<void(std::string_view)>& to) {
    std::array<char, block_bytes> block;
    for (int blocks = 0; blocks < blocks_a_look; ++blocks) {
      const auto n = base::read_some(pipe_.read, block, base::Deadline::after(std::chrono::milliseconds(0)));
      if (!n || *n == 0) return;
      for (const auto& line : splitter_.feed({block.data(), *n})) to(line);
    }
  }
  void pass_rest(const std::function<void(std::string_view)>& to) {
    if (const auto rest = splitter_.rest(); !rest.empty()) to(rest);
  }

 private:
  Outlet(base::Pipe pipe, std::size_t max_line) : pipe_(std::move(pipe)), splitter_(max_line) {}
  base::Pipe pipe_;
  base::LineSplitter splitter_;
};

// One descriptor that is ready when either outlet is: the relay polls one more beside the line.
base::Result<base::Fd> both(const Outlet& a, const Outlet& b) {
  base::Fd set(::epoll_create1(EPOLL_CLOEXEC));
  if (!set.valid()) return base::system_failure("watch the job");
  for (const auto* outlet : {&a, &b}) {
    epoll_event event{};
    event.events = EPOLLIN;
    if (::epoll_ctl(set.get(), EPOLL_CTL_ADD, outlet->read_end().get(), &event) < 0) {
      return base::system_failure("watch the job");
    }
  }
  return set;
}

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
  auto report = Outlet::make(max_report_line);
  if (!report) return report.error();
  auto errors = Outlet::make(max_said_line);
  if (!errors) return errors.error();
  const auto watch = both(*report, *errors);
  if (!watch) return watch.error();

  LastWords last;
  const auto on_report = [&](std::string_view line) { progress.report(line); };
  const auto on_error = [&](std::string_view line) {
    last.hear(line);
    listener.said(line);
  };
  const auto listen = [&] {
    report->pass_lines(on_report);
    errors->pass_lines(on_error);
    return true;
  };

  modem::RelayOrder order;
  order.argv = argv;
  order.descriptors = {6, 7};
  order.more = {{report->write_end(), report_descriptor}, {errors->write_end(), 2}};
  order.silence = link.silence;
  order.grace = link.grace;
  order.watch = &*watch;
  order.on_watch = listen;
  order.tick = [&](const modem::RelayCounts& counts) {
    progress.count({counts.sent, counts.received}, now());
    listener.tick();
  };
  progress.begin_job(now());
  const auto outcome = relay.run(order);
  // Otherwise the pipes' ends would never be seen.
  report->close_write_end();
  errors->close_write_end();
  listen();
  errors->pass_rest(on_error);
  if (!outcome) return outcome.error();

  progress.count({outcome->counts.sent, outcome->counts.received}, now());
  JobResult result{ending_of(outcome->end), outcome->text, {}, progress.has_totals()};
  result.record = progress.end_job(now());
  if (outcome->program && outcome->program->exited) result.record.exit = outcome->program->status;
  if (outcome->program && !outcome->program->exited) result.record.signal = outcome->program->status;
  result.record.text = last.line();
  return result;
}

}  // namespace pppctl
