#include "pppctl/ip_job.h"

#include <poll.h>
#include <signal.h>
#include <string.h>

#include <algorithm>
#include <array>

#include "base/child.h"

namespace pppctl {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds tick_every{200};
constexpr milliseconds kill_after{2000};  // from SIGTERM, for a program that has had its time

Progress::Time now_of_call() { return Progress::Time(read_moment().boot_ms); }

class Run {
 public:
  Run(const IpJobOrder& order, const NetworkLine& line, base::StopSignals* stop, Progress& progress,
      const JobListener& listener, JobOutput& output, base::Child child, base::Fd line_end)
      : order_(order),
        line_(line),
        stop_(stop),
        progress_(progress),
        listener_(listener),
        output_(output),
        child_(std::move(child)),
        line_end_(std::move(line_end)),
        began_(Clock::now()),
        active_(began_) {
    if (line_.octets) before_ = line_.octets();
  }

  base::ChildEnd run(JobResult& result) {
    result_ = &result;
    // One that came before is an order too.
    if (stop_ && stop_->count() > 0) on_signal();
    for (;;) {
      poll_once();
      // The job's own end comes first: what ended with it was well.
      const auto ended = child_.wait(base::Deadline::after(milliseconds(0)));
      if (!ended) return {};
      if (*ended) return **ended;
      look_at_clock();
    }
  }

  void count() {
    const auto now = line_.octets ? line_.octets() : std::optional<Octets>();
    Octets octets;
    if (now && before_) octets = {since(before_->sent, now->sent), since(before_->received, now->received)};
    if (!now || !before_ || octets.sent + octets.received != counted_) active_ = Clock::now();
    counted_ = octets.sent + octets.received;
    progress_.count(octets, now_of_call());
  }

 private:
  // An interface that was set up anew counts from nothing.
  static std::uint64_t since(std::uint64_t before, std::uint64_t now) { return now >= before ? now - before : now; }

  void poll_once() {
    enum Place { at_end, at_output, at_stop, at_line, places };
    std::array<pollfd, places> polled{};
    polled[at_end] = {child_.end_event().get(), POLLIN, 0};
    polled[at_output] = {output_.event().get(), POLLIN, 0};
    polled[at_stop] = {stop_ ? stop_->fd().get() : -1, POLLIN, 0};
    polled[at_line] = {line_.event && !line_gone_ ? line_.event->get() : -1, POLLIN, 0};
    if (::poll(polled.data(), polled.size(), timeout()) <= 0) return;
    if (polled[at_output].revents) output_.take();
    if (polled[at_stop].revents) on_signal();
    if (polled[at_line].revents && !line_.look()) on_line_gone();
  }

  [[nodiscard]] int timeout() const {
    auto until = Clock::now() + tick_every;
    for (const auto& at : {term_at_, kill_at_}) {
      if (at) until = std::min(until, *at);
    }
    const auto left = std::chrono::ceil<milliseconds>(until - Clock::now());
    return static_cast<int>(std::max(left, milliseconds(0)).count());
  }

  void end(JobEnding how, std::string text) {
    if (result_->ending != JobEnding::ended || !result_->text.empty()) return;
    result_->ending = how;
    result_->text = std::move(text);
  }

  void on_line_gone() {
    line_gone_ = true;
    const auto trouble = line_.trouble();
    end(JobEnding::line_gone, trouble.text);
    if (result_->ending == JobEnding::line_gone) result_->line = trouble;
    leave_line();
  }

  // Who minds the line sees it and ends; the others are told.
  void leave_line() {
    line_end_.reset();
    const auto now = Clock::now();
    if (!kill_at_) term_at_ = order_.minds_line ? now + order_.grace : now;
  }

  void on_signal() {
    const int before = signals_;
    signals_ = stop_->count();
    if (signals_ == before) return;
    if (before == 0) {
      end(JobEnding::stopped, std::string("stopped by SIG") + ::sigabbrev_np(stop_->first()));
      [[maybe_unused]] auto told = child_.signal(SIGTERM);
      if (!kill_at_) kill_at_ = Clock::now() + order_.grace + kill_after;
    }
    // Somebody is in a hurry.
    if (signals_ > 1) kill_at_ = Clock::now();
  }

  void look_at_clock() {
    const auto now = Clock::now();
    if (now >= next_tick_) {
      next_tick_ = now + tick_every;
      count();
      listener_.tick();
      if (!line_.event && line_.look && !line_gone_ && !line_.look()) on_line_gone();
    }
    if (order_.limit > milliseconds(0) && now - began_ >= order_.limit && !term_at_ && !kill_at_) {
      result_->text = "it took longer than " + modem::time_text(order_.limit);
      term_at_ = now;
    }
    if (order_.silence > milliseconds(0) && now - active_ >= order_.silence && !line_gone_ && !term_at_ && !kill_at_) {
      end(JobEnding::silent, "no octet either way for " + modem::time_text(order_.silence));
      leave_line();
    }
    if (term_at_ && now >= *term_at_) {
      term_at_.reset();
      kill_at_ = now + kill_after;
      [[maybe_unused]] auto told = child_.signal(SIGTERM);
    }
    if (kill_at_ && now >= *kill_at_) {
      kill_at_.reset();
      [[maybe_unused]] auto killed = child_.signal(SIGKILL);
    }
  }

  const IpJobOrder& order_;
  const NetworkLine& line_;
  base::StopSignals* stop_;
  Progress& progress_;
  const JobListener& listener_;
  JobOutput& output_;
  base::Child child_;
  base::Fd line_end_;
  JobResult* result_ = nullptr;
  std::optional<Octets> before_;
  std::uint64_t counted_ = 0;
  bool line_gone_ = false;
  int signals_ = 0;
  Clock::time_point began_;
  Clock::time_point active_;
  Clock::time_point next_tick_;
  std::optional<Clock::time_point> term_at_;
  std::optional<Clock::time_point> kill_at_;
};

}  // namespace

base::Result<JobResult> run_ip_job(const IpJobOrder& order, const NetworkLine& line, base::StopSignals* stop,
                                   Progress& progress, const JobListener& listener) {
  auto output = JobOutput::make(progress, listener);
  if (!output) return output.error();
  auto pipe = base::make_pipe();
  if (!pipe) return pipe.error();
  base::ChildOptions options;
  options.argv = order.argv;
  options.environment = order.environment;
  options.descriptors = {{output->errors_end(), 2}};
  if (!order.minds_line) options.descriptors.emplace_back(output->errors_end(), 1);
  if (order.minds_line) {
    options.descriptors.emplace_back(output->report_end(), report_descriptor);
    options.descriptors.emplace_back(pipe->read.get(), line_descriptor);
  }
  options.die_with_parent = true;
  // Ctrl-C is ours: the program gets one signal from us, after which it may finish what it has in hand.
  options.own_group = true;
  progress.begin_job(now_of_call());
  auto child = base::Child::start(options);
  if (!child) return child.error();
  pipe->read.reset();
  JobResult result;
  Run run(order, line, stop, progress, listener, *output, std::move(*child), std::move(pipe->write));
  const auto end = run.run(result);
  const auto last_words = output->finish();
  run.count();
  result.has_totals = progress.has_totals();
  result.record = progress.end_job(now_of_call());
  if (end.exited) result.record.exit = end.status;
  if (!end.exited) result.record.signal = end.status;
  result.record.text = result.text.empty() || !last_words.empty() ? last_words : result.text;
  return result;
}

}  // namespace pppctl
