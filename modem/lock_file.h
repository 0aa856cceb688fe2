// One UUCP lock file: read and judged, written, and a stale one cleared away. What lock.cpp and unlock.cpp stand on.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <optional>
#include <string>

#include "base/directory.h"
#include "base/fd.h"
#include "modem/lock.h"

namespace modem {

// What there is under a lock's name.
struct FoundLock {
  base::Fd fd;
  std::string bytes;
  struct stat st {};
  LockHolder holder;
};

// EPERM means that it lives.
bool is_alive(pid_t pid);

base::Result<base::Directory> open_lock_directory(const std::string& path);

// Nobody's name: empty.
base::Result<std::optional<FoundLock>> look_at_lock(const base::Directory& directory, const std::string& name);

// "port /dev/ttyS1 is in use by minicom (pid 812): /var/lock/LCK..ttyS1": error EBUSY.
base::Failure lock_in_use(const std::string& port, const LockHolder& holder);

// A file with the pid in HDB form, to be linked or renamed to a lock's name. port: for the text of a failure.
base::Result<void> write_lock_file(const base::Directory& directory, const std::string& temporary, pid_t pid,
                                   const std::string& port);

// Invariant: a name is moved only by the holder of flock on the very file that was found stale, so of our kind one at a
// time. True: look again at once; false: another is at it.
base::Result<bool> clear_stale_lock(const base::Directory& directory, const std::string& name, const FoundLock& stale);

}  // namespace modem
