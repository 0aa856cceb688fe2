#include "modem/lock.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <limits>

#include "base/deadline.h"
#include "base/directory.h"
#include "base/stop_signals.h"
#include "conf/port_name.h"
#include "modem/lock_file.h"
#include "modem/lock_owner.h"
#include "modem/port.h"

namespace modem {
namespace {

using namespace std::chrono_literals;

constexpr auto between_looks = 10ms;  // while another process clears a stale lock away
constexpr auto take_over_limit = 2000ms;
constexpr std::string_view prefix = "LCK..";

std::string_view last_component(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// One port's lock files under way.
class Taking {
 public:
  Taking(const base::Directory& directory, std::string port, std::string program)
      : directory_(directory), port_(std::move(port)), program_(std::move(program)) {}

  // Invariant: the name is linked to a file with our pid by nobody but us, and only while no living process holds it.
  base::Result<void> take(const std::string& name);

 private:
  base::Result<bool> create(const std::string& name);

  const base::Directory& directory_;
  std::string port_;
  std::string program_;
  base::Deadline deadline_ = base::Deadline::after(take_over_limit);
};

base::Result<void> Taking::take(const std::string& name) {
  for (;;) {
    auto found = look_at_lock(directory_, name);
    if (!found) return found.error();
    if (!*found) {
      const auto created = create(name);
      if (!created) return created.error();
      if (*created) return {};
    } else if (!(*found)->holder.alive) {
      const auto cleared = clear_stale_lock(directory_, name, **found);
      if (!cleared) return cleared.error();
      if (*cleared) continue;
      if (deadline_.passed()) return lock_in_use(port_, (*found)->holder);
      [[maybe_unused]] const auto waited = base::pause(base::Deadline::after(between_looks), nullptr);
    } else if ((*found)->holder.pid == ::getpid()) {
      return {};
    } else {
      return lock_in_use(port_, (*found)->holder);
    }
  }
}

// Written beside and linked into place: the name never leads to a file without its pid. False: another was quicker.
base::Result<bool> Taking::create(const std::string& name) {
  const std::string temporary = "LTMP." + std::to_string(::getpid());
  if (auto written = write_lock_file(directory_, temporary, ::getpid(), port_); !written) return written.error();
  const bool linked = ::linkat(directory_.fd().get(), temporary.c_str(), directory_.fd().get(), name.c_str(), 0) == 0;
  const int error = errno;
  [[maybe_unused]] const auto removed = directory_.unlink(temporary);
  if (linked) note_owner(directory_, name, program_, ::getpid());
  if (linked || error == EEXIST) return linked;
  return base::system_failure("lock " + directory_.path() + "/" + name, error);
}

void add_name(std::vector<std::string>& names, std::string name) {
  if (name.size() > prefix.size() && std::find(names.begin(), names.end(), name) == names.end())
    names.push_back(std::move(name));
}

// pppd's form: the path below /dev with underscores.
std::string below_dev(std::string_view path) {
  static constexpr std::string_view dev = "/dev/";
  if (!path.starts_with(dev)) return {};
  std::string name(path.substr(dev.size()));
  std::replace(name.begin(), name.end(), '/', '_');
  return std::string(prefix) + name;
}

bool is_descriptor(std::string_view name) { return name.starts_with("fd:"); }

// A name that no device has: one for both ways to the same server's port.
std::optional<std::string> network_lock(std::string_view name) {
  const auto parsed = conf::parse_port_name(name);
  if (!parsed || !parsed->on_network()) return std::nullopt;
  return std::string(prefix) + "net:" + parsed->server();
}

}  // namespace

std::string lock_name(const std::string& device) {
  return network_lock(device).value_or(std::string(prefix) + std::string(last_component(device)));
}

std::vector<std::string> lock_names(const std::string& name, const std::string& device) {
  // The device first: whoever knows it by another name meets us there.
  std::vector<std::string> names;
  for (const auto& path : {device, name}) {
    add_name(names, lock_name(path));
    add_name(names, below_dev(path));
  }
  return names;
}

std::optional<pid_t> parse_lock(std::string_view bytes) {
  long long pid = 0;
  const auto start = bytes.find_first_not_of(" \t");
  if (start == std::string_view::npos) return std::nullopt;
  const auto [end, error] = std::from_chars(bytes.data() + start, bytes.data() + bytes.size(), pid);
  const bool has_digits = error == std::errc();
  if (bytes.size() == sizeof(std::int32_t) && (!has_digits || end != bytes.data() + bytes.size())) {
    const bool is_text = has_digits && (*end == '\n' || *end == '\r' || *end == ' ');
    std::int32_t binary = 0;
    std::memcpy(&binary, bytes.data(), sizeof binary);
    if (!is_text) pid = binary;
  } else if (!has_digits) {
    return std::nullopt;
  }
  // Zero and below would mean process groups to kill(2).
  if (pid <= 0 || pid > std::numeric_limits<pid_t>::max()) return std::nullopt;
  return static_cast<pid_t>(pid);
}

PortLock::PortLock(std::string directory, std::vector<std::string> files)
    : directory_(std::move(directory)), files_(std::move(files)) {}

PortLock::PortLock(PortLock&& other) noexcept
    : directory_(std::move(other.directory_)), files_(std::exchange(other.files_, {})) {}

PortLock& PortLock::operator=(PortLock&& other) noexcept {
  if (this != &other) {
    [[maybe_unused]] const auto released = release();
    directory_ = std::move(other.directory_);
    files_ = std::exchange(other.files_, {});
  }
  return *this;
}

PortLock::~PortLock() { [[maybe_unused]] const auto released = release(); }

base::Result<PortLock> PortLock::take(const std::string& directory, const std::string& name,
                                      const std::string& program) {
  // Whoever opened the descriptor that we were given has the lock.
  if (is_descriptor(name)) return PortLock(directory, {});
  const auto device = resolve_device(name);
  if (!device) return device.error();
  const auto opened = open_lock_directory(directory);
  if (!opened) return opened.error();
  PortLock lock(directory, {});
  Taking taking(*opened, *device, program);
  for (const auto& file : lock_names(name, *device)) {
    if (auto taken = taking.take(file); !taken) return taken.error();
    lock.files_.push_back(directory + "/" + file);
  }
  return lock;
}

base::Result<void> PortLock::release() {
  const auto files = std::exchange(files_, {});
  if (files.empty()) return {};
  const auto directory = open_lock_directory(directory_);
  if (!directory) return directory.error();
  base::Result<void> released;
  for (const auto& file : files) {
    const std::string name(last_component(file));
    const auto found = look_at_lock(*directory, name);
    if (!found) released = found.error();
    if (!found || !*found || (*found)->holder.pid != ::getpid()) continue;
    forget_owner(*directory, name);
    if (auto removed = directory->unlink(name); !removed) released = removed;
  }
  return released;
}

// Each name leads to the old pid or to the new one, never to none.
base::Result<void> PortLock::give_to(pid_t pid) {
  const auto directory = open_lock_directory(directory_);
  if (!directory) return directory.error();
  for (const auto& file : files_) {
    const std::string name(last_component(file));
    const std::string temporary = "LTMP." + std::to_string(::getpid());
    if (auto written = write_lock_file(*directory, temporary, pid, file); !written) return written;
    if (auto renamed = directory->rename(temporary, name); !renamed) return renamed;
    note_owner(*directory, name, std::string(lock_giver), pid);
  }
  files_.clear();
  return {};
}

base::Result<std::optional<LockHolder>> lock_holder(const std::string& directory, const std::string& name) {
  if (is_descriptor(name)) return std::optional<LockHolder>();
  const auto opened = open_lock_directory(directory);
  if (!opened) return opened.error();
  // A device that was unplugged may have left its lock behind.
  const auto device = resolve_device(name);
  std::optional<LockHolder> stale;
  for (const auto& file : lock_names(name, device ? *device : name)) {
    const auto found = look_at_lock(*opened, file);
    if (!found) return found.error();
    if (!*found) continue;
    if ((*found)->holder.alive) return std::optional((*found)->holder);
    if (!stale) stale = (*found)->holder;
  }
  return stale;
}

}  // namespace modem
