#include "modem/lock.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <limits>

#include "base/deadline.h"
#include "base/directory.h"
#include "base/io.h"
#include "base/log.h"
#include "base/stop_signals.h"
#include "conf/port_name.h"
#include "modem/lock_owner.h"
#include "modem/port.h"

namespace modem {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t max_lock_bytes = 256;
constexpr std::time_t being_written = 5;  // seconds for which a file without a pid may be one that is just made
constexpr auto between_looks = 10ms;      // while another process clears a stale lock away
constexpr auto take_over_limit = 2000ms;
constexpr std::string_view prefix = "LCK..";

base::Failure failure(base::FailureKind kind, std::string text, int error) { return {kind, std::move(text), error}; }

std::string_view last_component(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// What there is under a lock's name.
struct Found {
  base::Fd fd;
  std::string bytes;
  struct stat st {};
  LockHolder holder;
};

bool is_alive(pid_t pid) { return ::kill(pid, 0) == 0 || errno == EPERM; }

bool is_young(const struct stat& st) {
  const auto age = ::time(nullptr) - st.st_mtime;
  return age < being_written && age > -being_written;
}

// "       812 minicom joe": what follows the pid on its line or on the next.
std::string program_in(std::string_view bytes) {
  const auto digits = bytes.find_first_of("0123456789");
  if (digits == std::string_view::npos) return {};
  const auto end = bytes.find_first_not_of("0123456789", digits);
  if (end == std::string_view::npos) return {};
  const auto word = bytes.find_first_not_of(" \t\r\n", end);
  if (word == std::string_view::npos) return {};
  return std::string(bytes.substr(word, bytes.find_first_of(" \t\r\n", word) - word));
}

void judge(Found& found, const base::Directory& directory, const std::string& name) {
  const auto pid = parse_lock(found.bytes);
  found.holder.file = directory.path() + "/" + name;
  found.holder.pid = pid.value_or(0);
  if (!pid) {
    found.holder.alive = is_young(found.st);
    return;
  }
  const auto owner = read_owner(directory, name, found.st);
  const bool ours = owner && owner->pid == *pid;
  found.holder.alive = is_alive(*pid) && !(ours && is_another_process(*owner));
  if (found.holder.alive) found.holder.program = program_of(*pid);
  if (found.holder.program.empty()) found.holder.program = ours ? owner->program : program_in(found.bytes);
}

// Nobody's name: empty.
base::Result<std::optional<Found>> look(const base::Directory& directory, const std::string& name) {
  const std::string path = directory.path() + "/" + name;
  // In a folder that all may write to, a name may be made to lead anywhere.
  auto fd = directory.open_file(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (!fd && fd.error().error == ENOENT) return std::optional<Found>();
  if (!fd && fd.error().error == EACCES)
    return failure(base::FailureKind::permanent,
                   "lock " + path + " cannot be read by us; as root: `cat " + path + "` tells the holder's pid",
                   EACCES);
  if (!fd && fd.error().error != ELOOP) return fd.error();
  Found found;
  if (!fd || ::fstat(fd->get(), &found.st) < 0 || !S_ISREG(found.st.st_mode))
    return failure(base::FailureKind::permanent, "lock " + path + " is not a file; as root: `rm -r " + path + "`",
                   EEXIST);
  std::array<char, max_lock_bytes> room;
  const auto count = base::read_at(*fd, room, 0);
  if (!count) return count.error();
  found.fd = std::move(*fd);
  found.bytes.assign(room.data(), *count);
  judge(found, directory, name);
  return std::optional<Found>(std::move(found));
}

base::Failure in_use(const std::string& port, const LockHolder& holder) {
  std::string who = "is being locked by another program";
  if (holder.pid > 0 && holder.program.empty()) who = "is in use by pid " + std::to_string(holder.pid);
  if (holder.pid > 0 && !holder.program.empty())
    who = "is in use by " + base::escape(holder.program) + " (pid " + std::to_string(holder.pid) + ")";
  return failure(base::FailureKind::temporary, "port " + base::escape(port) + " " + who + ": " + holder.file, EBUSY);
}

base::Failure not_removable(const LockHolder& holder) {
  const std::string whose = holder.pid > 0 ? "of pid " + std::to_string(holder.pid) + ", which has ended, " : "";
  return failure(
      base::FailureKind::permanent,
      "stale lock " + holder.file + " " + whose + "cannot be removed by us; as root: `rm " + holder.file + "`", EACCES);
}

bool same_file(const struct stat& a, const struct stat& b) { return a.st_dev == b.st_dev && a.st_ino == b.st_ino; }

// One port's lock files under way.
class Taking {
 public:
  Taking(const base::Directory& directory, std::string port, std::string program)
      : directory_(directory), port_(std::move(port)), program_(std::move(program)) {}

  // Invariant: the name is linked to a file with our pid by nobody but us, and only while no living process holds it.
  base::Result<void> take(const std::string& name);

 private:
  base::Result<bool> create(const std::string& name);
  base::Result<void> write_temporary(const std::string& temporary);
  base::Result<bool> clear(const std::string& name, const Found& stale);
  base::Result<bool> move_aside(const std::string& name, const Found& stale);

  const base::Directory& directory_;
  std::string port_;
  std::string program_;
  base::Deadline deadline_ = base::Deadline::after(take_over_limit);
};

base::Result<void> Taking::take(const std::string& name) {
  for (;;) {
    auto found = look(directory_, name);
    if (!found) return found.error();
    if (!*found) {
      const auto created = create(name);
      if (!created) return created.error();
      if (*created) return {};
    } else if (!(*found)->holder.alive) {
      const auto cleared = clear(name, **found);
      if (!cleared) return cleared.error();
      if (*cleared) continue;
      if (deadline_.passed()) return in_use(port_, (*found)->holder);
      [[maybe_unused]] const auto waited = base::pause(base::Deadline::after(between_looks), nullptr);
    } else if ((*found)->holder.pid == ::getpid()) {
      return {};
    } else {
      return in_use(port_, (*found)->holder);
    }
  }
}

// Written beside and linked into place: the name never leads to a file without its pid. False: another was quicker.
base::Result<bool> Taking::create(const std::string& name) {
  const std::string temporary = "LTMP." + std::to_string(::getpid());
  if (auto written = write_temporary(temporary); !written) return written.error();
  const bool linked = ::linkat(directory_.fd().get(), temporary.c_str(), directory_.fd().get(), name.c_str(), 0) == 0;
  const int error = errno;
  [[maybe_unused]] const auto removed = directory_.unlink(temporary);
  if (linked) note_owner(directory_, name, program_);
  if (linked || error == EEXIST) return linked;
  return base::system_failure("lock " + directory_.path() + "/" + name, error);
}

base::Result<void> Taking::write_temporary(const std::string& temporary) {
  auto file = directory_.create_exclusive(temporary, 0644);
  if (!file && file.error().error == EEXIST) {
    // Of a process with our pid that died on its way.
    if (auto removed = directory_.unlink(temporary); !removed) return removed;
    file = directory_.create_exclusive(temporary, 0644);
  }
  if (!file && (file.error().error == EACCES || file.error().error == EPERM))
    return failure(base::FailureKind::permanent,
                   "lock port " + base::escape(port_) + ": this user may not write to " + directory_.path() +
                       "; give it the folder's group, or set lock_dir in the modem's profile",
                   EACCES);
  if (!file) return file.error();
  std::array<char, 16> text{};
  ::snprintf(text.data(), text.size(), "%10d\n", static_cast<int>(::getpid()));
  auto written = base::write_all(*file, text.data());
  // Whatever the umask: the others must be able to read who has it.
  if (written && ::fchmod(file->get(), 0644) < 0) written = base::system_failure("lock " + directory_.path());
  if (!written) [[maybe_unused]]
    const auto removed = directory_.unlink(temporary);
  return written;
}

// Invariant: a name is moved only by the holder of flock on the very file that was found stale, so of our kind one at a
// time. True: look again at once; false: another is at it.
base::Result<bool> Taking::clear(const std::string& name, const Found& stale) {
  if (::flock(stale.fd.get(), LOCK_EX | LOCK_NB) < 0) {
    if (errno == EWOULDBLOCK) return false;
    return base::system_failure("lock " + stale.holder.file);
  }
  const auto again = look(directory_, name);
  if (!again) return again.error();
  if (!*again || !same_file((*again)->st, stale.st) || (*again)->bytes != stale.bytes || (*again)->holder.alive)
    return true;
  return move_aside(name, stale);
}

base::Result<bool> Taking::move_aside(const std::string& name, const Found& stale) {
  const std::string aside = "LTMP.stale." + std::to_string(::getpid());
  if (auto moved = directory_.rename(name, aside); !moved) {
    if (moved.error().error == ENOENT) return true;
    if (moved.error().error == EACCES || moved.error().error == EPERM || moved.error().error == EROFS)
      return not_removable(stale.holder);
    return moved.error();
  }
  const auto moved = look(directory_, aside);
  if (moved && *moved && same_file((*moved)->st, stale.st) && (*moved)->bytes == stale.bytes) {
    forget_owner(directory_, name);
    if (auto removed = directory_.unlink(aside); !removed) return removed.error();
    return true;
  }
  // A program that knows no flock put its own lock there in between: it gets it back, unless there is a third by now.
  if (auto back = directory_.rename_new(aside, name); !back) return back.error();
  return true;
}

base::Result<base::Directory> open_lock_directory(const std::string& path) {
  auto directory = base::Directory::open(path);
  if (!directory && (directory.error().error == ENOENT || directory.error().error == ENOTDIR))
    return failure(base::FailureKind::permanent,
                   "lock directory " + path + " is not there; make it, or set lock_dir in the modem's profile",
                   directory.error().error);
  return directory;
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
    const auto found = look(*directory, name);
    if (!found) released = found.error();
    if (!found || !*found || (*found)->holder.pid != ::getpid()) continue;
    forget_owner(*directory, name);
    if (auto removed = directory->unlink(name); !removed) released = removed;
  }
  return released;
}

base::Result<std::optional<LockHolder>> lock_holder(const std::string& directory, const std::string& name) {
  if (is_descriptor(name)) return std::optional<LockHolder>();
  const auto opened = open_lock_directory(directory);
  if (!opened) return opened.error();
  // A device that was unplugged may have left its lock behind.
  const auto device = resolve_device(name);
  std::optional<LockHolder> stale;
  for (const auto& file : lock_names(name, device ? *device : name)) {
    const auto found = look(*opened, file);
    if (!found) return found.error();
    if (!*found) continue;
    if ((*found)->holder.alive) return std::optional((*found)->holder);
    if (!stale) stale = (*found)->holder;
  }
  return stale;
}

}  // namespace modem
