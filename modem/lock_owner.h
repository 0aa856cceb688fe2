// Who a pid in a lock file is. A pid alone may long be another process's: a file of our own beside the lock says when
// the one that took it was started, in which boot. The lock file itself keeps the form that all programs read.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/directory.h"

namespace modem {

// The program in the note of a lock that was made for another process: no program of that process's own.
inline constexpr std::string_view lock_giver = "modemctl-lock";

struct LockOwner {
  pid_t pid = 0;
  std::uint64_t started = 0;  // clock ticks after boot (proc(5), stat field 22)
  std::string boot;
  std::uint64_t inode = 0;  // of the lock file that this belongs to
  std::string program;
};

// Of /proc/PID/comm; empty: it cannot be seen.
std::string program_of(pid_t pid);

// Beside the lock NAME: the process that has it. A lock without it is a lock as other programs make them, so that
// failing is no failure.
void note_owner(const base::Directory& directory, const std::string& name, const std::string& program, pid_t pid);
void forget_owner(const base::Directory& directory, const std::string& name);
// Empty: the lock is another program's, or of an other user than the note.
std::optional<LockOwner> read_owner(const base::Directory& directory, const std::string& name, const struct stat& lock);
// True if the process that has the pid now is certainly another.
bool is_another_process(const LockOwner& owner);

}  // namespace modem
