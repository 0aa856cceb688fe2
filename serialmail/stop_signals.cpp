#include "serialmail/stop_signals.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace serialmail {

base::Result<StopSignals> StopSignals::watch() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&set, number);
  if (::sigprocmask(SIG_BLOCK, &set, nullptr) < 0) return base::system_failure("unable to watch signals");
  base::Fd fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd.valid()) return base::system_failure("unable to watch signals");
  return StopSignals(std::move(fd));
}

int StopSignals::count() {
  signalfd_siginfo one{};
  while (::read(fd_.get(), &one, sizeof one) == static_cast<ssize_t>(sizeof one)) ++count_;
  return count_;
}

}  // namespace serialmail
