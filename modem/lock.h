// UUCP lock files (FHS 3.0 §5.9 and what mgetty, minicom and pppd do): who has the port. Order everywhere: lock, then
// open; close, then unlock.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace modem {

struct LockHolder {
  pid_t pid = 0;
  std::string program;  // of the running process, or what the file says; empty: unknown
  std::string file;
  bool alive = false;
};

class PortLock {
 public:
  // Locks the device and, where it is another, the name that it was asked for by (reference: both names of a link).
  // Held by a living process: error EBUSY, "port /dev/ttyS1 is in use by minicom (pid 812): /var/lock/LCK..ttyS1".
  // A stale lock is taken over: flock on it, read again, renamed aside, verified. One that we may not remove: error
  // EACCES with the command for root. Files are written beside and linked into place, never seen half-written by our
  // own kind. A note beside each (lock_owner.h) names program and start, so that a pid that is another process by now
  // holds nothing. "fd:N" is locked by who opened it: no files.
  static base::Result<PortLock> take(const std::string& directory, const std::string& name, const std::string& program);

  PortLock(PortLock&& other) noexcept;
  PortLock& operator=(PortLock&& other) noexcept;
  PortLock(const PortLock&) = delete;
  PortLock& operator=(const PortLock&) = delete;
  ~PortLock();  // as release()

  // Removes the files that still hold our pid.
  base::Result<void> release();
  // From now on they hold the pid of a process that outlives us, and are not ours to release. A failure leaves each
  // file with the one pid or the other.
  base::Result<void> give_to(pid_t pid);
  [[nodiscard]] const std::vector<std::string>& files() const { return files_; }

 private:
  PortLock(std::string directory, std::vector<std::string> files);
  std::string directory_;
  std::vector<std::string> files_;  // full paths
};

// Who holds the device; nobody: empty. For messages, and for recover.
base::Result<std::optional<LockHolder>> lock_holder(const std::string& directory, const std::string& name);

struct LockRemoval {
  bool force = false;             // what holds no pid too, unless it may be one that is just being written
  std::optional<pid_t> given_to;  // a lock that give_to() made for this process goes though it lives
};

// Frees a port that nobody alive has; the files that were removed. A living holder: error EBUSY, as take().
base::Result<std::vector<std::string>> remove_lock(const std::string& directory, const std::string& name,
                                                   const LockRemoval& removal);

// "LCK..ttyS1"; pure. Only the last component counts (FHS); a pts gets pppd's form as well: see lock_names. A port on
// the network has "LCK..net:HOST:PORT", which keeps our own programs of this host apart: the server does the rest.
std::string lock_name(const std::string& device);
// Every name that somebody may lock the device by: /dev/pts/3 is LCK..3 to mgetty and LCK..pts_3 to pppd. Pure.
std::vector<std::string> lock_names(const std::string& name, const std::string& device);
// The pid in a lock file's bytes: HDB form (ten characters and LF, more may follow), leading integer, or 4 octets
// binary.
std::optional<pid_t> parse_lock(std::string_view bytes);

}  // namespace modem
