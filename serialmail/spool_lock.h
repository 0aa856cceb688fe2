// One flush of a spool at a time: flock on DIR/.offhook/lock, which holds "PID program" for whoever comes second.
#pragma once

#include <optional>
#include <string>

#include "base/directory.h"
#include "base/fd.h"
#include "base/result.h"

namespace serialmail {

struct SpoolLock {
  base::Fd fd;                           // the lock is held while it is open
  std::optional<base::Failure> trouble;  // why the maildir itself had to be locked instead
};

// A lock that is held is a temporary failure that names the holder.
base::Result<SpoolLock> lock_spool(const base::Directory& maildir);

}  // namespace serialmail
