// Profiles that inherit: `inherits = "usr"` in a file takes every key that the file does not set from usr.toml of the
// same folder, and so on through that one's own base.
#pragma once

#include <string>

#include "base/result.h"
#include "conf/toml.h"

namespace conf {

// A longer chain is a mistake, and each file of it is read for every call.
inline constexpr std::size_t max_bases = 8;

// The file with all its bases in it; a fault in a base will name that base's file. Permanent with file, line and key:
// a base that is not there (with the nearest that is), a circle, a chain that is too long. what: "modem profile".
base::Result<TomlFile> load_with_bases(const std::string& path, const std::string& what);

}  // namespace conf
