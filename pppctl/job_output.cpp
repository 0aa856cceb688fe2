#include "pppctl/job_output.h"

#include <sys/epoll.h>

#include <array>

#include "base/io.h"

namespace pppctl {
namespace {

constexpr std::size_t block_bytes = 16384;
constexpr int blocks_a_look = 5;  // what a full pipe holds, and no more: the line must not wait for who never stops
constexpr std::size_t max_report_line = 4096;  // the report's own bound, PIPE_BUF
constexpr std::size_t max_said_line = max_reason_bytes;

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

}  // namespace

base::Result<Outlet> Outlet::make(std::size_t max_line) {
  auto pipe = base::make_pipe();
  if (!pipe) return pipe.error();
  if (auto set = base::set_nonblocking(pipe->read, true); !set) return set.error();
  return Outlet(std::move(*pipe), max_line);
}

void Outlet::pass_lines(const std::function<void(std::string_view)>& to) {
  std::array<char, block_bytes> block;
  for (int blocks = 0; blocks < blocks_a_look; ++blocks) {
    const auto n = base::read_some(pipe_.read, block, base::Deadline::after(std::chrono::milliseconds(0)));
    if (!n || *n == 0) return;
    for (const auto& line : splitter_.feed({block.data(), *n})) to(line);
  }
}

void Outlet::pass_rest(const std::function<void(std::string_view)>& to) {
  if (const auto rest = splitter_.rest(); !rest.empty()) to(rest);
}

base::Result<JobOutput> JobOutput::make(Progress& progress, const JobListener& listener) {
  auto report = Outlet::make(max_report_line);
  if (!report) return report.error();
  auto errors = Outlet::make(max_said_line);
  if (!errors) return errors.error();
  auto event = both(*report, *errors);
  if (!event) return event.error();
  return JobOutput(std::move(*report), std::move(*errors), std::move(*event), progress, listener);
}

void JobOutput::hear(std::string_view line) {
  last_.hear(line);
  listener_->said(line);
}

void JobOutput::take() {
  report_.pass_lines([&](std::string_view line) { progress_->report(line); });
  errors_.pass_lines([&](std::string_view line) { hear(line); });
}

std::string JobOutput::finish() {
  // Otherwise the pipes' ends would never be seen.
  report_.close_write_end();
  errors_.close_write_end();
  take();
  errors_.pass_rest([&](std::string_view line) { hear(line); });
  return last_.line();
}

}  // namespace pppctl
