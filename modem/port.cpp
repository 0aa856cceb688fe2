#include "modem/port.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <charconv>

#include "base/log.h"
#include "modem/back_ends.h"
#include "modem/device.h"

namespace modem {
namespace {

constexpr std::string_view descriptor_prefix = "fd:";

std::optional<int> descriptor_number(std::string_view name) {
  if (!name.starts_with(descriptor_prefix)) return std::nullopt;
  name.remove_prefix(descriptor_prefix.size());
  int number = -1;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || end != name.data() + name.size() || number < 0) return -1;
  return number;
}

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
  if (number < 0) return base::permanent("port " + base::escape(name) + ": not a descriptor; write fd:N");
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
bool is_gone(int error) { return error == EIO || error == ENXIO || error == ENODEV; }

}  // namespace

base::Result<std::unique_ptr<Port>> Port::open(const std::string& name, const PortSettings& settings,
                                               BackEnd back_end) {
  if (const auto number = descriptor_number(name)) {
    auto found = take_descriptor(name, *number);
    if (!found) return found.error();
    return open_tty(std::move(*found), settings);
  }
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

base::Result<std::size_t> Port::read(std::span<char> into, const base::Deadline& deadline, base::StopSignals* stop) {
  for (;;) {
    const auto ready = base::wait_ready(fd_, base::Interest::read, deadline, stop);
    if (!ready) return ready.error();
    if (!*ready) return base::system_failure("read " + device_, ETIMEDOUT);
    const auto count = ::read(fd_.get(), into.data(), into.size());
    if (count >= 0) return static_cast<std::size_t>(count);
    const int error = errno;
    if (is_gone(error)) return std::size_t{0};
    if (error != EAGAIN && error != EINTR) return base::system_failure("read " + device_, error);
  }
}

base::Result<std::size_t> Port::write_some(std::string_view bytes, const base::Deadline& deadline,
                                           base::StopSignals* stop) {
  for (;;) {
    const auto ready = base::wait_ready(fd_, base::Interest::write, deadline, stop);
    if (!ready) return ready.error();
    if (!*ready) return base::system_failure("write " + device_, ETIMEDOUT);
    const auto count = ::write(fd_.get(), bytes.data(), bytes.size());
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

base::Result<void> Port::flush_input() {
  if (::tcflush(fd_.get(), TCIFLUSH) < 0) return base::system_failure("flush the input of " + device_);
  return {};
}

base::Result<void> Port::flush_output() {
  if (::tcflush(fd_.get(), TCOFLUSH) < 0) return base::system_failure("flush the output of " + device_);
  return {};
}

std::optional<std::size_t> Port::unsent() const {
  int octets = 0;
  if (is_pseudo_terminal(fd_) || ::ioctl(fd_.get(), TIOCOUTQ, &octets) < 0 || octets < 0) return std::nullopt;
  return static_cast<std::size_t>(octets);
}

}  // namespace modem
