#include "modem/port.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "base/bug.h"
#include "base/log.h"
#include "modem/back_ends.h"
#include "modem/device.h"

namespace modem {
namespace {

base::Result<FoundDevice> find_device(const std::string& name) {
  auto device = resolve_device(name);
  if (!device) return device.error();
  auto fd = open_device(*device);
  if (!fd) return fd.error();
  auto modes = read_modes(*fd, *device);
  if (!modes) return device_failure(*device, modes.error().error);
  return FoundDevice{std::move(*fd), std::move(*device), *modes, -1};
}

base::Result<FoundDevice> take_descriptor(const std::string& name, int number) {
  auto fd = base::inherit(number, "port");
  if (!fd) return base::Failure{base::FailureKind::permanent, fd.error().text, fd.error().error};
  auto modes = read_modes(*fd, name);
  if (!modes) {
    [[maybe_unused]] const int not_ours = fd->release();
    return base::Failure{base::FailureKind::permanent, "port " + name + " is no terminal line", modes.error().error};
  }
  const int flags = ::fcntl(number, F_GETFL);
  if (::fcntl(number, F_SETFD, FD_CLOEXEC) < 0) return base::system_failure("port " + name);
  if (auto set = base::set_nonblocking(*fd, true); !set) return set.error();
  return FoundDevice{std::move(*fd), name, *modes, flags};
}

// A line that is gone says so by end of file or by one of these.
bool is_gone(int error) {
  switch (error) {
    case EIO:
    case ENXIO:
    case ENODEV:
    // Of a connection to a server on the network.
    case EPIPE:
    case ECONNRESET:
    case ETIMEDOUT:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case ENETDOWN:
      return true;
    default:
      return false;
  }
}

base::Result<std::unique_ptr<Port>> open_device_port(const std::string& name, const PortSettings& settings,
                                                     BackEnd back_end) {
  auto found = find_device(name);
  if (!found) return found.error();
  switch (back_end) {
    case BackEnd::serialport:
      return open_serialport(std::move(*found), settings);
    case BackEnd::tty:
      return open_tty(std::move(*found), settings);
    case BackEnd::automatic:
      break;
  }
  if (!serialport_knows(found->device)) return open_tty(std::move(*found), settings);
  int lines = 0;
  // libserialport opens nothing that has no modem lines (a console, user-mode Linux' lines).
  const bool has_lines = ::ioctl(found->fd.get(), TIOCMGET, &lines) == 0;
  return has_lines ? open_serialport(std::move(*found), settings) : open_tty(std::move(*found), settings);
}

}  // namespace

base::Result<std::unique_ptr<Port>> Port::open(const std::string& name, const PortSettings& settings,
                                               BackEnd back_end) {
  const auto parsed = conf::parse_port_name(name);
  if (!parsed) return base::permanent("port " + base::escape(name) + " " + parsed.error().text);
  switch (parsed->kind) {
    case conf::PortKind::tcp:
      return open_tcp(*parsed);
    case conf::PortKind::rfc2217:
      return open_rfc2217(*parsed, settings);
    case conf::PortKind::descriptor: {
      auto found = take_descriptor(name, parsed->descriptor);
      if (!found) return found.error();
      return open_tty(std::move(*found), settings);
    }
    case conf::PortKind::device:
      return open_device_port(name, settings, back_end);
  }
  base::bug("PortKind: bad value");
}

base::Result<std::size_t> Port::read(std::span<char> into, const base::Deadline& deadline, base::StopSignals* stop) {
  for (;;) {
    if (!has_input()) {
      const auto ready = base::wait_ready(fd_, base::Interest::read, deadline, stop);
      if (!ready) return ready.error();
      if (!*ready) return base::system_failure("read " + device_, ETIMEDOUT);
    }
    const auto count = take(into);
    if (count >= 0) return static_cast<std::size_t>(count);
    const int error = errno;
    if (is_gone(error)) return std::size_t{0};
    if (error != EAGAIN && error != EINTR) return base::system_failure("read " + device_, error);
    // A server that talks without end, and not of the line's octets.
    if (deadline.passed()) return base::system_failure("read " + device_, ETIMEDOUT);
  }
}

base::Result<std::size_t> Port::write_some(std::string_view bytes, const base::Deadline& deadline,
                                           base::StopSignals* stop) {
  for (;;) {
    const bool may_send = takes_output();
    const auto interest = may_send ? base::Interest::write : base::Interest::read;
    const auto ready = base::wait_ready(fd_, interest, deadline, stop);
    if (!ready) return ready.error();
    if (!*ready || (!may_send && deadline.passed())) return base::system_failure("write " + device_, ETIMEDOUT);
    if (!may_send) {
      if (auto heard = hear(); !heard) return heard.error();
      continue;
    }
    const auto count = give(bytes);
    if (count >= 0) return static_cast<std::size_t>(count);
    const int error = errno;
    if (is_gone(error))
      return base::Failure{base::FailureKind::temporary, "write " + device_ + ": the line is gone", EIO};
    if (error != EAGAIN && error != EINTR) return base::system_failure("write " + device_, error);
  }
}

base::Result<void> Port::write(std::string_view bytes, const base::Deadline& deadline, base::StopSignals* stop) {
  while (!bytes.empty()) {
    const auto count = write_some(bytes, deadline, stop);
    if (!count) return count.error();
    bytes.remove_prefix(*count);
  }
  return {};
}

ssize_t Port::take(std::span<char> into) { return ::read(fd_.get(), into.data(), into.size()); }

ssize_t Port::give(std::string_view bytes) { return ::write(fd_.get(), bytes.data(), bytes.size()); }

// The name of a device that was unplugged goes with it; a pty's goes whenever its call ends.
std::string Port::end_reason() const {
  struct stat st {};
  const bool has_name = device_.starts_with('/') && !device_.starts_with("/dev/pts/");
  const bool is_there = !has_name || ::stat(device_.c_str(), &st) == 0;
  return is_there ? "carrier lost" : "the device " + device_ + " is gone: was it unplugged?";
}

base::Result<void> Port::reclaim() {
  unclaim();
  return claim();
}

base::Result<void> Port::flush_input() {
  if (::tcflush(fd_.get(), TCIFLUSH) < 0) return base::system_failure("flush the input of " + device_);
  return {};
}

base::Result<void> Port::flush_output() {
  if (::tcflush(fd_.get(), TCOFLUSH) < 0) return base::system_failure("flush the output of " + device_);
  return {};
}

std::optional<std::size_t> Port::unsent() {
  int octets = 0;
  if (is_pseudo_terminal(fd_) || ::ioctl(fd_.get(), TIOCOUTQ, &octets) < 0 || octets < 0) return std::nullopt;
  return static_cast<std::size_t>(octets);
}

}  // namespace modem
