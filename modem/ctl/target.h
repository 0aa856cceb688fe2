// What a command is for: a profile by its name, or a port.
#pragma once

#include <string>

#include "base/result.h"
#include "conf/modem.h"

namespace modem {

// A port is told by its slash or its colon (conf/port_name.h).
bool names_port(const std::string& target);

// Where the lock of a port is: as the first profile says that uses it, else where all programs have it.
std::string lock_dir_of(const std::string& port);

// The port of a profile, or of a target that is a port; with its lock folder.
struct LockedPort {
  std::string port;
  std::string lock_dir;
};
base::Result<LockedPort> find_port(const std::string& target);

}  // namespace modem
