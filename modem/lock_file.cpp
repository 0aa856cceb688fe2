#include "modem/lock_file.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/io.h"
#include "base/log.h"
#include "base/process_stat.h"
#include "modem/lock_owner.h"

namespace modem {
namespace {

constexpr std::size_t max_lock_bytes = 256;
constexpr std::time_t being_written = 5;  // seconds for which a file without a pid may be one that is just made

base::Failure failure(base::FailureKind kind, std::string text, int error) { return {kind, std::move(text), error}; }

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

void judge(FoundLock& found, const base::Directory& directory, const std::string& name) {
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

base::Failure not_removable(const LockHolder& holder) {
  const std::string whose = holder.pid > 0 ? "of pid " + std::to_string(holder.pid) + ", which has ended, " : "";
  return failure(
      base::FailureKind::permanent,
      "stale lock " + holder.file + " " + whose + "cannot be removed by us; as root: `rm " + holder.file + "`", EACCES);
}

bool same_file(const struct stat& a, const struct stat& b) { return a.st_dev == b.st_dev && a.st_ino == b.st_ino; }

base::Result<bool> move_aside(const base::Directory& directory, const std::string& name, const FoundLock& stale) {
  const std::string aside = "LTMP.stale." + std::to_string(::getpid());
  if (auto moved = directory.rename(name, aside); !moved) {
    if (moved.error().error == ENOENT) return true;
    if (moved.error().error == EACCES || moved.error().error == EPERM || moved.error().error == EROFS)
      return not_removable(stale.holder);
    return moved.error();
  }
  const auto moved = look_at_lock(directory, aside);
  if (moved && *moved && same_file((*moved)->st, stale.st) && (*moved)->bytes == stale.bytes) {
    forget_owner(directory, name);
    if (auto removed = directory.unlink(aside); !removed) return removed.error();
    return true;
  }
  // A program that knows no flock put its own lock there in between: it gets it back, unless there is a third by now.
  if (auto back = directory.rename_new(aside, name); !back) return back.error();
  return true;
}

}  // namespace

bool is_alive(pid_t pid) {
  if (::kill(pid, 0) < 0 && errno != EPERM) return false;
  const auto stat = base::process_stat(pid);
  return !stat || stat->runs();
}

base::Result<std::optional<FoundLock>> look_at_lock(const base::Directory& directory, const std::string& name) {
  const std::string path = directory.path() + "/" + name;
  // In a folder that all may write to, a name may be made to lead anywhere.
  auto fd = directory.open_file(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (!fd && fd.error().error == ENOENT) return std::optional<FoundLock>();
  if (!fd && fd.error().error == EACCES)
    return failure(base::FailureKind::permanent,
                   "lock " + path + " cannot be read by us; as root: `cat " + path + "` tells the holder's pid",
                   EACCES);
  if (!fd && fd.error().error != ELOOP) return fd.error();
  FoundLock found;
  if (!fd || ::fstat(fd->get(), &found.st) < 0 || !S_ISREG(found.st.st_mode))
    return failure(base::FailureKind::permanent, "lock " + path + " is not a file; as root: `rm -r " + path + "`",
                   EEXIST);
  std::array<char, max_lock_bytes> room;
  const auto count = base::read_at(*fd, room, 0);
  if (!count) return count.error();
  found.fd = std::move(*fd);
  found.bytes.assign(room.data(), *count);
  judge(found, directory, name);
  return std::optional<FoundLock>(std::move(found));
}

base::Failure lock_in_use(const std::string& port, const LockHolder& holder) {
  std::string who = "is being locked by another program";
  if (holder.pid > 0 && holder.program.empty()) who = "is in use by pid " + std::to_string(holder.pid);
  if (holder.pid > 0 && !holder.program.empty())
    who = "is in use by " + base::escape(holder.program) + " (pid " + std::to_string(holder.pid) + ")";
  return failure(base::FailureKind::temporary, "port " + base::escape(port) + " " + who + ": " + holder.file, EBUSY);
}

base::Result<void> write_lock_file(const base::Directory& directory, const std::string& temporary, pid_t pid,
                                   const std::string& port) {
  auto file = directory.create_exclusive(temporary, 0644);
  if (!file && file.error().error == EEXIST) {
    // Of a process with our pid that died on its way.
    if (auto removed = directory.unlink(temporary); !removed) return removed;
    file = directory.create_exclusive(temporary, 0644);
  }
  if (!file && (file.error().error == EACCES || file.error().error == EPERM))
    return failure(base::FailureKind::permanent,
                   "lock port " + base::escape(port) + ": this user may not write to " + directory.path() +
                       "; give it the folder's group, or set lock_dir in the modem's profile",
                   EACCES);
  if (!file) return file.error();
  std::array<char, 16> text{};
  ::snprintf(text.data(), text.size(), "%10d\n", static_cast<int>(pid));
  auto written = base::write_all(*file, text.data());
  // Whatever the umask: the others must be able to read who has it.
  if (written && ::fchmod(file->get(), 0644) < 0) written = base::system_failure("lock " + directory.path());
  if (!written) [[maybe_unused]]
    const auto removed = directory.unlink(temporary);
  return written;
}

base::Result<bool> clear_stale_lock(const base::Directory& directory, const std::string& name, const FoundLock& stale) {
  if (::flock(stale.fd.get(), LOCK_EX | LOCK_NB) < 0) {
    if (errno == EWOULDBLOCK) return false;
    return base::system_failure("lock " + stale.holder.file);
  }
  const auto again = look_at_lock(directory, name);
  if (!again) return again.error();
  if (!*again || !same_file((*again)->st, stale.st) || (*again)->bytes != stale.bytes || (*again)->holder.alive)
    return true;
  return move_aside(directory, name, stale);
}

base::Result<base::Directory> open_lock_directory(const std::string& path) {
  auto directory = base::Directory::open(path);
  if (!directory && (directory.error().error == ENOENT || directory.error().error == ENOTDIR))
    return failure(base::FailureKind::permanent,
                   "lock directory " + path + " is not there; make it, or set lock_dir in the modem's profile",
                   directory.error().error);
  return directory;
}

}  // namespace modem
