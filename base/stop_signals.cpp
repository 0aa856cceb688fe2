#include "base/stop_signals.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>

namespace base {
namespace {

Failure stopped_by(int number) {
  const char* name = ::sigabbrev_np(number);
  return Failure{FailureKind::temporary, std::string("stopped by SIG") + (name ? name : std::to_string(number)), EINTR};
}

// True: the descriptor is ready. False: the deadline passed. No descriptor: -1.
Result<bool> wait_for(int raw, short events, const Deadline& deadline, StopSignals* stop) {
  for (;;) {
    std::array<pollfd, 2> polled{pollfd{raw, events, 0}, pollfd{stop ? stop->fd().get() : -1, POLLIN, 0}};
    const int n = ::poll(polled.data(), polled.size(), deadline.poll_timeout());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_failure("poll");
    if (stop && polled[1].revents && stop->count() > 0) return stopped_by(stop->first());
    if (polled[0].revents) return true;
    if (deadline.passed()) return false;
  }
}

}  // namespace

Result<StopSignals> StopSignals::watch() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&set, number);
  if (::sigprocmask(SIG_BLOCK, &set, nullptr) < 0) return system_failure("unable to watch signals");
  Fd fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd.valid()) return system_failure("unable to watch signals");
  return StopSignals(std::move(fd));
}

int StopSignals::count() {
  signalfd_siginfo one{};
  while (::read(fd_.get(), &one, sizeof one) == static_cast<ssize_t>(sizeof one)) {
    if (++count_ == 1) first_ = static_cast<int>(one.ssi_signo);
  }
  return count_;
}

void StopSignals::order() { ::kill(::getpid(), SIGTERM); }

Result<bool> wait_ready(const Fd& fd, Interest interest, const Deadline& deadline, StopSignals* stop) {
  // Before the look at the descriptor: a line that never falls silent must not keep a signal waiting.
  if (stop && stop->count() > 0) return stopped_by(stop->first());
  return wait_for(fd.get(), interest == Interest::read ? POLLIN : POLLOUT, deadline, stop);
}

Result<void> pause(const Deadline& deadline, StopSignals* stop) {
  if (stop && stop->count() > 0) return stopped_by(stop->first());
  auto ended = wait_for(-1, 0, deadline, stop);
  if (!ended) return ended.error();
  return {};
}

}  // namespace base
