#include "base/fd.h"

#include <fcntl.h>
#include <unistd.h>

namespace base {

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    reset();
    raw_ = std::exchange(other.raw_, -1);
  }
  return *this;
}

Fd::~Fd() { reset(); }

void Fd::reset() {
  if (raw_ >= 0) ::close(std::exchange(raw_, -1));
}

Result<void> close(Fd fd, std::string_view name) {
  // After EINTR Linux has closed the descriptor all the same: never call close again.
  if (::close(fd.release()) < 0 && errno != EINTR) return system_failure("close " + std::string(name));
  return {};
}

Result<Fd> open_file(const std::string& path, int flags, mode_t mode) {
  for (;;) {
    const int raw = ::open(path.c_str(), flags | O_CLOEXEC, mode);
    if (raw >= 0) return Fd(raw);
    if (errno != EINTR) return system_failure("open " + path);
  }
}

Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) < 0) return system_failure("create pipe");
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

Result<Fd> inherit(int raw, std::string_view what) {
  if (::fcntl(raw, F_GETFD) < 0)
    return system_failure("descriptor " + std::to_string(raw) + " (" + std::string(what) + ")");
  return Fd(raw);
}

Result<void> set_nonblocking(const Fd& fd, bool on) {
  const int flags = ::fcntl(fd.get(), F_GETFL);
  if (flags < 0) return system_failure("read descriptor flags");
  if (::fcntl(fd.get(), F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK) < 0)
    return system_failure("set descriptor flags");
  return {};
}

}  // namespace base
