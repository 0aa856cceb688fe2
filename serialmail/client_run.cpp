#include "serialmail/client_run.h"

#include <fcntl.h>
#include <poll.h>

#include <array>
#include <optional>

#include "base/io.h"
#include "base/run.h"

namespace serialmail {
namespace {

constexpr std::size_t block_bytes = 16384;
// Results that come so close together are read together: on a fast line each would wake us alone.
constexpr std::chrono::milliseconds results_span{5};

class ClientRun {
 public:
  ClientRun(base::Child child, base::Fd names, base::Fd results, base::StopSignals& signals, const ClientEvents& events)
      : child_(std::move(child)),
        names_(std::move(names)),
        results_(std::move(results)),
        signals_(signals),
        events_(events) {}

  base::Result<ClientOutcome> run() {
    while (results_.valid() || !end_) {
      is_preparing_ = is_preparing_ && names_.valid() && events_.prepare();
      if (auto waited = wait(); !waited) return waited.error();
      if (ready_[0].revents != 0 && signals_.count() > 1) return ClientOutcome::stopped;
      if (signals_.count() > 0) names_.reset();
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
    }
    if (!end_->exited) return ClientOutcome::crashed;
    return end_->status == base::exit_permanent ? ClientOutcome::refused : ClientOutcome::ended;
  }

 private:
  base::Result<void> wait() {
    const bool is_resting = !rest_.never() && !rest_.passed();
    ready_ = {pollfd{signals_.fd().get(), POLLIN, 0}, pollfd{is_resting ? -1 : results_.get(), POLLIN, 0},
              pollfd{is_preparing_ ? -1 : names_.get(), POLLOUT, 0},
              pollfd{end_ ? -1 : child_.end_event().get(), POLLIN, 0}};
    const auto deadline = is_resting ? base::earlier(rest_, events_.due()) : events_.due();
    const int n = ::poll(ready_.data(), ready_.size(), is_preparing_ ? 0 : deadline.poll_timeout());
    if (n < 0 && errno != EINTR) return base::system_failure("unable to read from client");
    if (n <= 0) {
      for (auto& entry : ready_) entry.revents = 0;
    }
    return {};
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
  base::StopSignals& signals_;
  const ClientEvents& events_;
  ResultStream stream_;
  std::optional<base::ChildEnd> end_;
  bool is_preparing_ = true;
  base::Deadline rest_;  // until then no results are read
  std::array<pollfd, 4> ready_{};
};

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
  // The client keeps the lock: should we be killed, no other flush begins while it still sends.
  options.descriptors = {{names->read.get(), 0}, {results->write.get(), 1}, {lock.get(), lock.get()}};
  options.die_with_parent = true;  // its results could be told to nobody, and it would keep the lock
  auto child = base::Child::start(options);
  if (!child) return base::system_failure("unable to run " + argv[0], child.error().error);
  names->read.reset();
  results->write.reset();
  return ClientRun(std::move(*child), std::move(names->write), std::move(results->read), signals, events).run();
}

}  // namespace serialmail
