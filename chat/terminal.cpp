#include "chat/terminal.h"

#include <fcntl.h>
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
  const int flags = ::fcntl(STDIN_FILENO, F_GETFL);
  if (flags < 0) return base::system_failure("Can't get file mode flags on stdin");
  TerminalModes kept(modes, flags);
  modes.c_iflag |= IGNBRK | ISTRIP | IGNPAR;
  modes.c_oflag = 0;
  modes.c_lflag = 0;
  modes.c_cc[VERASE] = 0;
  modes.c_cc[VKILL] = 0;
  modes.c_cc[VMIN] = 1;
  modes.c_cc[VTIME] = 0;
  if (::tcsetattr(STDIN_FILENO, TCSANOW, &modes) < 0) return base::system_failure("Can't set terminal parameters");
  if (::fcntl(STDIN_FILENO, F_SETFL, flags | O_NONBLOCK) < 0)
    return base::system_failure("Can't set file mode flags on stdin");
  return kept;
}

TerminalModes::TerminalModes(TerminalModes&& other) noexcept
    : before_(other.before_), flags_(other.flags_), changed_(std::exchange(other.changed_, false)) {}

TerminalModes::~TerminalModes() {
  if (changed_) static_cast<void>(restore());
}

base::Result<void> TerminalModes::restore() {
  changed_ = false;
  static_cast<void>(::fcntl(STDIN_FILENO, F_SETFL, flags_));  // fails only where the modes are lost too
  if (::tcsetattr(STDIN_FILENO, TCSANOW, &before_) < 0)
    return base::system_failure("Can't restore terminal parameters");
  return {};
}

StandardLine::StandardLine(base::StopSignals& stop)
    : stop_(stop), output_waits_((::fcntl(STDOUT_FILENO, F_GETFL) & O_NONBLOCK) == 0) {}

// While octets come and go without a wait nobody looks at the signals: now and then it has to be done.
base::Result<void> StandardLine::look_for_signals() {
  constexpr unsigned octets_between_looks = 64;
  if (octets_++ % octets_between_looks != 0) return {};
  return base::pause(base::Deadline::after(std::chrono::milliseconds(0)), &stop_);
}

base::Result<std::optional<unsigned char>> StandardLine::read_octet(const base::Deadline& deadline) {
  const Borrowed in(STDIN_FILENO);
  if (auto looked = look_for_signals(); !looked) return looked.error();
  for (bool waited = false;;) {
    unsigned char octet = 0;
    const auto n = ::read(in.fd().get(), &octet, 1);
    const int error = errno;
    if (n == 1) return std::optional<unsigned char>(octet);
    // A line that was hung up ends; a read that is waiting at that time fails, and so does one that would have waited.
    if (n == 0 && waited) return base::system_failure("read", EIO);
    if (n == 0) return base::Failure{base::FailureKind::temporary, "end of file", ENODATA};
    if (error != EINTR && error != EAGAIN) return base::system_failure("read", error);
    const auto ready = base::wait_ready(in.fd(), base::Interest::read, deadline, &stop_);
    if (!ready) return ready.error();
    if (!*ready) return std::optional<unsigned char>();
    waited = true;
  }
}

base::Result<void> StandardLine::write_octet(unsigned char octet, const base::Deadline& deadline) {
  const Borrowed out(STDOUT_FILENO);
  if (auto looked = look_for_signals(); !looked) return looked;
  // Another open file than standard input waits where this one would not: it is asked before.
  for (bool ready_now = !output_waits_;;) {
    if (!ready_now) {
      const auto ready = base::wait_ready(out.fd(), base::Interest::write, deadline, &stop_);
      if (!ready) return ready.error();
      if (!*ready) return base::system_failure("write", ETIMEDOUT);
    }
    const auto n = ::write(out.fd().get(), &octet, 1);
    const int error = errno;
    if (n == 1) return {};
    if (n < 0 && error != EINTR && error != EAGAIN) return base::system_failure("write", error);
    ready_now = false;
  }
}

base::Result<void> StandardLine::send_break() {
  // As chat 2.4.9, a break that the line cannot do is no reason to stop.
  ::tcsendbreak(STDIN_FILENO, 0);
  return {};
}

base::Result<void> StandardLine::pause(const base::Deadline& deadline) { return base::pause(deadline, &stop_); }

}  // namespace chat
