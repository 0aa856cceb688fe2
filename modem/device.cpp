#include "modem/device.h"

#include <fcntl.h>
#include <grp.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>
#include <vector>

#include "base/directory.h"
#include "base/log.h"
#include "conf/nearest.h"
#include "conf/port_name.h"
#include "modem/port.h"

namespace modem {
namespace {

constexpr unsigned first_pts_major = 136, last_pts_major = 143;  // Documentation/admin-guide/devices.txt
constexpr std::string_view list_hint = "`modemctl list` shows the ports of this host";

// Of /dev only what can be a serial port: a virtual console is nobody's modem.
bool may_be_port(std::string_view folder, std::string_view name) {
  if (folder != "/dev") return true;
  if (name.starts_with("tty")) return name.size() > 4 && !(name[3] >= '0' && name[3] <= '9');
  return name.starts_with("rfcomm") || name.starts_with("modem") || name.starts_with("cua");
}

std::string nearest_port(const std::string& device) {
  const auto slash = device.rfind('/');
  if (slash == std::string::npos) return nearest_port("/dev/" + device);
  const std::string folder = device.substr(0, slash);
  const auto directory = base::Directory::open(folder.empty() ? "/" : folder);
  if (!directory) return {};
  auto names = directory->list();
  if (!names) return {};
  std::erase_if(*names, [&](const std::string& name) { return !may_be_port(folder, name); });
  std::sort(names->begin(), names->end());
  const auto near = conf::nearest(device.substr(slash + 1), *names);
  return near.empty() ? near : folder + "/" + near;
}

// These come and go with their plug.
bool is_pluggable(std::string_view device) {
  return device.starts_with("/dev/ttyUSB") || device.starts_with("/dev/ttyACM") || device.starts_with("/dev/serial/");
}

base::Failure missing_device(const std::string& device) {
  const std::string what = "open " + base::escape(device) + ": no such device; ";
  if (is_pluggable(device))
    return {base::FailureKind::temporary, what + "is it plugged in? " + std::string(list_hint), ENOENT};
  const auto near = nearest_port(device);
  const auto question = near.empty() ? std::string() : "did you mean " + base::escape(near) + "? ";
  return {base::FailureKind::permanent, what + question + std::string(list_hint), ENOENT};
}

std::string group_name(gid_t gid) {
  std::array<char, 4096> room;
  group entry{};
  group* found = nullptr;
  if (::getgrgid_r(gid, &entry, room.data(), room.size(), &found) != 0 || !found) return std::to_string(gid);
  return found->gr_name;
}

// Who may: the device's group, which on most systems is dialout.
base::Failure no_permission(const std::string& device, int error) {
  struct stat st {};
  std::string advice = "only root may";
  if (::stat(device.c_str(), &st) < 0) {
    advice = "a folder on its way is closed to this user";
  } else if (st.st_mode & S_IWGRP) {
    advice = "this user must be in group " + group_name(st.st_gid) + ": as root, `adduser USER " +
             group_name(st.st_gid) + "`, then log in again";
  }
  return {base::FailureKind::permanent, "open " + base::escape(device) + ": permission denied; " + advice, error};
}

base::Failure no_serial_port(const std::string& device) {
  return {base::FailureKind::permanent, base::escape(device) + " is no serial port; " + std::string(list_hint), ENOTTY};
}

base::Failure busy(const std::string& device) {
  return {base::FailureKind::temporary,
          "open " + base::escape(device) + ": another program has it for itself; `fuser -v " + base::escape(device) +
              "` shows which",
          EBUSY};
}

}  // namespace

base::Failure device_failure(const std::string& device, int error) {
  switch (error) {
    case ENOENT:
      return missing_device(device);
    case EACCES:
    case EPERM:
      return no_permission(device, EACCES);
    case ENOTTY:
    case EINVAL:
    case EISDIR:
    case ENOTDIR:
      return no_serial_port(device);
    case EBUSY:
    case EWOULDBLOCK:
      return busy(device);
    case ENXIO:
    case ENODEV:
    case EIO:
      return {base::FailureKind::temporary,
              "open " + base::escape(device) + ": no working port there (unplugged, or a name without hardware); " +
                  std::string(list_hint),
              error};
    default:
      return base::system_failure("open " + base::escape(device), error);
  }
}

base::Result<base::Fd> open_device(const std::string& device) {
  // Looked at first: opening a tape or a FIFO would do more than fail.
  struct stat st {};
  if (::stat(device.c_str(), &st) < 0) return device_failure(device, errno);
  if (!S_ISCHR(st.st_mode)) return no_serial_port(device);
  auto fd = base::open_file(device, O_RDWR | O_NOCTTY | O_NONBLOCK);
  if (!fd) return device_failure(device, fd.error().error);
  if (!::isatty(fd->get())) return device_failure(device, errno);
  if (auto reserved = reserve_device(*fd, device); !reserved) return reserved.error();
  return fd;
}

base::Result<void> reserve_device(const base::Fd& fd, const std::string& device) {
  int exclusive = 0;
  if (::ioctl(fd.get(), TIOCGEXCL, &exclusive) == 0 && exclusive) return busy(device);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK) return busy(device);
  return {};
}

void free_device(const base::Fd& fd) { ::flock(fd.get(), LOCK_UN); }

base::Result<void> claim_device(const base::Fd& fd, const std::string& device) {
  if (::ioctl(fd.get(), TIOCEXCL) < 0) return device_failure(device, errno);
  // A pppd that was killed leaves its own, and the kernel keeps that for as long as anybody has the device open.
  const int discipline = N_TTY;
  [[maybe_unused]] const int set = ::ioctl(fd.get(), TIOCSETD, &discipline);
  return {};
}

// The mark stays on the port, not on the descriptor, while anybody has it open.
void unclaim_device(const base::Fd& fd) { ::ioctl(fd.get(), TIOCNXCL); }

bool is_pseudo_terminal(const base::Fd& fd) {
  struct stat st {};
  if (::fstat(fd.get(), &st) < 0) return false;
  return major(st.st_rdev) >= first_pts_major && major(st.st_rdev) <= last_pts_major;
}

base::Result<std::string> resolve_device(const std::string& name) {
  const auto parsed = conf::parse_port_name(name);
  if (!parsed) return base::permanent("port " + base::escape(name) + " " + parsed.error().text);
  if (parsed->on_network()) return parsed->canonical();
  if (parsed->kind == conf::PortKind::descriptor) return name;
  const std::unique_ptr<char, decltype(&::free)> path(::realpath(name.c_str(), nullptr), &::free);
  if (!path) return device_failure(name, errno);
  return std::string(path.get());
}

}  // namespace modem
