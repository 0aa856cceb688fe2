#include "modem/emulator/leaving.h"

#include <poll.h>
#include <sys/ioctl.h>

#include <utility>

namespace emulator {
namespace {

constexpr auto leaving_limit = std::chrono::milliseconds(500);

// poll counts what is still on its way through the pty, FIONREAD what poll leaves out (VMIN, half a line).
bool has_unread(const base::Fd& slave) {
  pollfd readable{slave.get(), POLLIN, 0};
  if (::poll(&readable, 1, 0) > 0 && (readable.revents & POLLIN) != 0) return true;
  int unread = 0;
  return ::ioctl(slave.get(), FIONREAD, &unread) == 0 && unread > 0;
}

}  // namespace

Leaving::Leaving(Pty pty, std::string pending)
    : pty_(std::move(pty)),
      slave_(pty_.slave()),
      pending_(std::move(pending)),
      until_(std::chrono::steady_clock::now() + leaving_limit) {}

bool Leaving::has_left() {
  if (!pending_.empty()) pending_.erase(0, pty_.write(pending_));
  if (std::chrono::steady_clock::now() >= until_) return true;
  // What is unread cannot be seen then, only whether anybody is there to read it.
  if (!slave_.valid()) return !pty_.slave_is_open();
  return pending_.empty() && !has_unread(slave_);
}

}  // namespace emulator
