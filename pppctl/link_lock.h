// Lock files below run/, held as long as a process lives: one session a link at a time, and one daemon.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "conf/places.h"

namespace pppctl {

// Temporary with error EBUSY, naming the process, when another session is at work on the link.
base::Result<base::Fd> lock_link(const conf::Places& places, const std::string& link);
base::Result<base::Fd> lock_daemon(const conf::Places& places);

// The process whose session is at work on the link.
std::optional<pid_t> link_holder(const conf::Places& places, const std::string& link);

}  // namespace pppctl
