#include "modem/emulator/pty.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <climits>

namespace emulator {
namespace {

constexpr std::size_t max_device_name = 64;

bool read_modes(const base::Fd& fd, termios& modes) { return ::tcgetattr(fd.get(), &modes) == 0; }

std::string link_target(const std::string& link) {
  std::array<char, PATH_MAX> text{};
  const ssize_t length = ::readlink(link.c_str(), text.data(), text.size());
  return length < 0 ? std::string() : std::string(text.data(), static_cast<std::size_t>(length));
}

}  // namespace

base::Result<Pty> Pty::make() {
  base::Fd master(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
  if (!master.valid()) return base::system_failure("open a pty");
  if (::grantpt(master.get()) < 0 || ::unlockpt(master.get()) < 0) return base::system_failure("unlock a pty");
  std::array<char, max_device_name> name{};
  if (const int error = ::ptsname_r(master.get(), name.data(), name.size()); error != 0) {
    return base::system_failure("name a pty", error);
  }
  Pty pty(std::move(master), name.data());
  // Opening and closing it once makes the master tell that nobody has it open; the modes stay.
  const base::Fd slave = pty.slave();
  if (!slave.valid()) return base::system_failure("open " + pty.device_);
  termios modes{};
  if (!read_modes(slave, modes)) return base::system_failure("read the modes of " + pty.device_);
  ::cfmakeraw(&modes);
  modes.c_cflag |= CLOCAL | HUPCL;
  if (::tcsetattr(slave.get(), TCSANOW, &modes) < 0) return base::system_failure("set the modes of " + pty.device_);
  return pty;
}

std::optional<std::size_t> Pty::read(std::span<char> into) {
  const ssize_t count = ::read(master_.get(), into.data(), into.size());
  if (count <= 0) return std::nullopt;  // EAGAIN, or EIO when the slave is closed and all is read
  return static_cast<std::size_t>(count);
}

std::size_t Pty::write(std::string_view bytes) {
  const ssize_t count = ::write(master_.get(), bytes.data(), bytes.size());
  return count < 0 ? 0 : static_cast<std::size_t>(count);
}

void Pty::discard_input() { ::tcflush(master_.get(), TCIFLUSH); }

bool Pty::slave_is_open() const {
  pollfd one{master_.get(), 0, 0};
  return ::poll(&one, 1, 0) >= 0 && (one.revents & POLLHUP) == 0;
}

bool Pty::ignores_carrier() const {
  termios modes{};
  return read_modes(master_, modes) && (modes.c_cflag & CLOCAL) != 0;
}

bool Pty::speed_is_zero() const {
  termios modes{};
  return read_modes(master_, modes) && ::cfgetospeed(&modes) == B0;
}

bool Pty::tidy() {
  const base::Fd own = slave();
  if (!own.valid()) return false;
  ::ioctl(own.get(), TIOCNXCL);
  ::tcflush(own.get(), TCIFLUSH);
  termios modes{};
  if (read_modes(own, modes) && ::cfgetospeed(&modes) == B0) {
    ::cfsetspeed(&modes, B38400);
    ::tcsetattr(own.get(), TCSANOW, &modes);
  }
  return true;
}

base::Fd Pty::slave() const {
  return base::Fd(::ioctl(master_.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
}

base::Result<void> make_link(const std::string& link, const std::string& device) {
  struct stat there {};
  if (::lstat(link.c_str(), &there) == 0 && !S_ISLNK(there.st_mode)) {
    return base::permanent(link + " is there and no symbolic link");
  }
  const std::string fresh = link + "." + std::to_string(::getpid());
  if (::unlink(fresh.c_str()) < 0 && errno != ENOENT) return base::system_failure("remove " + fresh);
  if (::symlink(device.c_str(), fresh.c_str()) < 0) return base::system_failure("make the link " + fresh);
  if (::rename(fresh.c_str(), link.c_str()) < 0) {
    auto failure = base::system_failure("make the link " + link);
    ::unlink(fresh.c_str());
    return failure;
  }
  return {};
}

void remove_link(const std::string& link, const std::string& device) {
  if (link_target(link) == device) ::unlink(link.c_str());
}

}  // namespace emulator
