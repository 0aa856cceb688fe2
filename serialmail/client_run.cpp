#include "serialmail/client_run.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <optional>

#include "base/io.h"
#include "base/line_splitter.h"
#include "base/run.h"

namespace serialmail {
namespace {

constexpr std::size_t block_bytes = 16384;
// Results that come so close together are read together: on a fast line each would wake us alone.
constexpr std::chrono::milliseconds results_span{5};
constexpr std::size_t max_line_bytes = 4096;  // of its report, and of what it says
constexpr std::chrono::milliseconds line_gone_patience{500};
constexpr int blocks_a_look = 5;  // what a full pipe holds: one that never stops writing is not waited for

// What the client writes for people or of its progress, line by line.
class Outlet {
 public:
  explicit Outlet(const std::function<void(std::string_view)>& to) : to_(to) {}

  // The end that the client is to have; ours does not block.
  base::Result<base::Fd> open() {
    auto pipe = base::make_pipe();
    if (!pipe) return base::system_failure("unable to create pipe", pipe.error().error);
    if (auto set = base::set_nonblocking(pipe->read, true); !set) return set.error();
    fd_ = std::move(pipe->read);
    return std::move(pipe->write);
  }
  [[nodiscard]] int poll_fd() const { return fd_.get(); }

  // What is there now.
  void read() {
    std::array<char, block_bytes> block;
    for (int blocks = 0; blocks < blocks_a_look && fd_.valid(); ++blocks) {
      const auto n = base::read_some(fd_, block, base::Deadline::after(std::chrono::milliseconds(0)));
      if (!n && n.error().error == ETIMEDOUT) return;
      if (!n || *n == 0) return fd_.reset();
      for (const auto& line : splitter_.feed({block.data(), *n})) to_(line);
    }
  }
  // Nothing more is to come.
  void finish() {
    read();
    fd_.reset();
    if (const auto rest = splitter_.rest(); !rest.empty()) to_(rest);
  }

 private:
  const std::function<void(std::string_view)>& to_;
  base::Fd fd_;
  base::LineSplitter splitter_{max_line_bytes};
};

// Our ends of what the client reads and writes.
struct ClientPipes {
  base::Fd names;
  base::Fd results;
  Outlet report;
  Outlet said;
};

class ClientRun {
 public:
  ClientRun(base::Child child, ClientPipes pipes, base::StopSignals& signals, const ClientEvents& events)
      : child_(std::move(child)),
        names_(std::move(pipes.names)),
        results_(std::move(pipes.results)),
        report_(std::move(pipes.report)),
        said_(std::move(pipes.said)),
        signals_(signals),
        events_(events) {}

  base::Result<ClientOutcome> run() {
    while (results_.valid() || !end_) {
      is_preparing_ = is_preparing_ && names_.valid() && events_.prepare();
      if (auto waited = wait(); !waited) return waited.error();
      if (ready_[0].revents != 0 && signals_.count() > 1) return ClientOutcome::stopped;
      if (signals_.count() > 0) names_.reset();
      // Before the results: a body begins before it has one.
      if (ready_[4].revents != 0) report_.read();
      if (ready_[5].revents != 0) said_.read();
      if (ready_[1].revents != 0) {
        if (auto read = read_results(); !read) return read.error();
      }
      if (ready_[2].revents != 0 && names_.valid()) give_names();
      if (ready_[3].revents != 0) {
        auto end = child_.wait();
        if (!end) return end.error();
        end_ = *end;
        names_.reset();
      }
      events_.tick();
      if (ready_[6].revents != 0) on_line_gone();
      if (line_gone_.passed()) return ClientOutcome::line_gone;
    }
    report_.finish();
    said_.finish();
    if (is_line_gone_) return ClientOutcome::line_gone;
    if (!end_->exited) return ClientOutcome::crashed;
    return end_->status == base::exit_permanent ? ClientOutcome::refused : ClientOutcome::ended;
  }

 private:
  base::Result<void> wait() {
    const bool is_resting = !rest_.never() && !rest_.passed();
    ready_ = {pollfd{signals_.fd().get(), POLLIN, 0},
              pollfd{is_resting ? -1 : results_.get(), POLLIN, 0},
              pollfd{is_preparing_ ? -1 : names_.get(), POLLOUT, 0},
              pollfd{end_ ? -1 : child_.end_event().get(), POLLIN, 0},
              pollfd{report_.poll_fd(), POLLIN, 0},
              pollfd{said_.poll_fd(), POLLIN, 0},
              is_line_gone_ ? pollfd{-1, 0, 0} : events_.line.entry()};
    auto due = base::earlier(events_.due(), line_gone_);
    if (is_resting) due = base::earlier(due, rest_);
    const int n = ::poll(ready_.data(), ready_.size(), is_preparing_ ? 0 : due.poll_timeout());
    if (n < 0 && errno != EINTR) return base::system_failure("unable to read from client");
    if (n <= 0) {
      for (auto& entry : ready_) entry.revents = 0;
    }
    return {};
  }

  // Our clients hear it themselves, and end with what they still know; another one is not waited for.
  void on_line_gone() {
    is_line_gone_ = true;
    line_gone_ = base::Deadline::after(line_gone_patience);
    names_.reset();
  }

  base::Result<void> read_results() {
    std::array<char, block_bytes> block;
    const auto n = base::read_some(results_, block);
    if (!n) return base::system_failure("unable to read from client", n.error().error);
    if (*n == 0) results_.reset();
    rest_ = base::Deadline::after(results_span);
    for (const auto& record : stream_.feed({block.data(), *n})) events_.result(record);
    return {};
  }

  void give_names() {
    const std::string names = events_.next_names();
    // A client that no longer reads ends soon, and then its names are offered again.
    if (names.empty() || !base::write_all(names_, names)) names_.reset();
  }

  base::Child child_;
  base::Fd names_;
  base::Fd results_;
  Outlet report_;
  Outlet said_;
  base::StopSignals& signals_;
  const ClientEvents& events_;
  ResultStream stream_;
  std::optional<base::ChildEnd> end_;
  bool is_preparing_ = true;
  base::Deadline rest_;  // until then no results are read
  bool is_line_gone_ = false;
  base::Deadline line_gone_;  // of the client, then
  std::array<pollfd, 7> ready_{};
};

// Where the client is told to report; nobody need hear it.
base::Result<base::Fd> report_end(const ClientEvents& events, Outlet& report) {
  if (events.report) return report.open();
  return base::open_file("/dev/null", O_WRONLY);
}

}  // namespace

base::Result<ClientOutcome> run_client(const std::vector<std::string>& argv, const base::Fd& lock,
                                       base::StopSignals& signals, const ClientEvents& events) {
  auto names = base::make_pipe();
  if (!names) return base::system_failure("unable to create pipe", names.error().error);
  auto results = base::make_pipe();
  if (!results) return base::system_failure("unable to create pipe", results.error().error);
  // Failing that, the client only gets more names in advance.
  [[maybe_unused]] const int size = ::fcntl(names->write.get(), F_SETPIPE_SZ, static_cast<int>(max_names_bytes));
  base::ChildOptions options;
  options.argv = argv;
  options.descriptors = {{names->read.get(), 0}, {results->write.get(), 1}};
  ClientPipes pipes{std::move(names->write), std::move(results->read), Outlet(events.report), Outlet(events.said)};
  base::Fd report;
  base::Fd said;
  if (events.report_descriptor) {
    auto end = report_end(events, pipes.report);
    if (!end) return end.error();
    report = std::move(*end);
    options.descriptors.emplace_back(report.get(), *events.report_descriptor);
  }
  if (events.said) {
    auto end = pipes.said.open();
    if (!end) return end.error();
    said = std::move(*end);
    options.descriptors.emplace_back(said.get(), STDERR_FILENO);
  }
  // The client keeps the lock, under whatever number: should we be killed, no other flush begins while it still sends.
  const bool is_taken = events.report_descriptor == lock.get();
  options.descriptors.emplace_back(lock.get(), is_taken ? lock.get() + 1 : lock.get());
  options.die_with_parent = true;  // its results could be told to nobody, and it would keep the lock
  auto child = base::Child::start(options);
  if (!child) return base::system_failure("unable to run " + argv[0], child.error().error);
  names->read.reset();
  results->write.reset();
  report.reset();
  said.reset();
  return ClientRun(std::move(*child), std::move(pipes), signals, events).run();
}

}  // namespace serialmail
