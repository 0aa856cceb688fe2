// Opening a port's device, and saying what to do when that fails.
#pragma once

#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace modem {

// Non-blocking, close-on-exec, never the controlling terminal. Refuses what another program holds exclusively, even to
// root, whom the kernel lets in. A failure of the system (from libserialport too) goes through device_failure().
base::Result<base::Fd> open_device(const std::string& device);

// "open /dev/ttyS1: permission denied; …": the error's number is kept, the text says what a person can do.
base::Failure device_failure(const std::string& device, int error);

// The part of open_device() that asks who has it, for a port that stayed open while others might open it; the lock
// (flock) is ours afterwards.
base::Result<void> reserve_device(const base::Fd& fd, const std::string& device);
void free_device(const base::Fd& fd);

// Nobody but root can open it from now on (TIOCEXCL).
base::Result<void> claim_device(const base::Fd& fd, const std::string& device);
void unclaim_device(const base::Fd& fd);

// A pseudo terminal has no modem lines and counts nothing.
bool is_pseudo_terminal(const base::Fd& fd);

}  // namespace modem
