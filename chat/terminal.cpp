#include "chat/terminal.h"

#include <unistd.h>

#include <utility>

#include "base/fd.h"
#include "base/stop_signals.h"

namespace chat {
namespace {

// Owns nothing: 0 and 1 are ours for the life of the process.
class Borrowed {
 public:
  explicit Borrowed(int raw) : fd_(raw) {}
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;
  ~Borrowed() { fd_.release(); }
  const base::Fd& fd() const { return fd_; }

 private:
  base::Fd fd_;
};

}  // namespace

base::Result<TerminalModes> TerminalModes::set() {
  termios modes{};
  if (::tcgetattr(STDIN_FILENO, &modes) < 0) return base::system_failure("Can't get terminal parameters");
  TerminalModes kept(modes);
  modes.c_iflag |= IGNBRK | ISTRIP | IGNPAR;
  modes.c_oflag = 0;
  modes.c_lflag = 0;
  modes.c_cc[VERASE] = 0;
  modes.c_cc[VKILL] = 0;
  modes.c_cc[VMIN] = 1;
  modes.c_cc[VTIME] = 0;
  if (::tcsetattr(STDIN_FILENO, TCSANOW, &modes) < 0) return base::system_failure("Can't set terminal parameters");
  return kept;
}

TerminalModes::TerminalModes(TerminalModes&& other) noexcept
    : before_(other.before_), changed_(std::exchange(other.changed_, false)) {}

TerminalModes::~TerminalModes() {
  if (changed_) static_cast<void>(restore());
}

base::Result<void> TerminalModes::restore() {
  changed_ = false;
  if (::tcsetattr(STDIN_FILENO, TCSANOW, &before_) < 0)
    return base::system_failure("Can't restore terminal parameters");
  return {};
}

base::Result<std::optional<unsigned char>> StandardLine::read_octet(const base::Deadline& deadline) {
  const Borrowed in(STDIN_FILENO);
  for (;;) {
    auto ready =
        base::wait_ready(in.fd(), base::Interest::read, base::Deadline::after(std::chrono::seconds(0)), &stop_);
    const bool waited = ready && !*ready;
    if (waited) ready = base::wait_ready(in.fd(), base::Interest::read, deadline, &stop_);
    if (!ready) return ready.error();
    if (!*ready) return std::optional<unsigned char>();
    unsigned char octet = 0;
    const auto n = ::read(in.fd().get(), &octet, 1);
    const int error = errno;
    if (n == 1) return std::optional<unsigned char>(octet);
    // A line that was hung up ends; a read that is waiting at that time fails, and so does one that would have waited.
    if (n == 0 && waited) return base::system_failure("read", EIO);
    if (n == 0) return base::Failure{base::FailureKind::temporary, "end of file", ENODATA};
    if (error != EINTR && error != EAGAIN) return base::system_failure("read", error);
  }
}

base::Result<void> StandardLine::write_octet(unsigned char octet, const base::Deadline& deadline) {
  const Borrowed out(STDOUT_FILENO);
  for (;;) {
    const auto ready = base::wait_ready(out.fd(), base::Interest::write, deadline, &stop_);
    if (!ready) return ready.error();
    if (!*ready) return base::system_failure("write", ETIMEDOUT);
    const auto n = ::write(out.fd().get(), &octet, 1);
    const int error = errno;
    if (n == 1) return {};
    if (n < 0 && error != EINTR && error != EAGAIN) return base::system_failure("write", error);
  }
}

base::Result<void> StandardLine::send_break() {
  // As chat 2.4.9, a break that the line cannot do is no reason to stop.
  ::tcsendbreak(STDIN_FILENO, 0);
  return {};
}

base::Result<void> StandardLine::pause(const base::Deadline& deadline) { return base::pause(deadline, &stop_); }

}  // namespace chat
