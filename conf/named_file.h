// The files of a folder that hold one thing each: links/NAME.toml, modems/NAME.toml, tariffs/NAME.toml.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace conf {

// The names in the folder that end in the suffix, without it, sorted. A folder that is not there holds none.
base::Result<std::vector<std::string>> names_in(const std::string& folder, const std::string& suffix);

// FOLDER/NAME.toml. Permanent where there is no such file, with the nearest name that there is, and for a name that
// would leave the folder. what: "link", "modem".
base::Result<std::string> named_file(const std::string& folder, const std::string& name, const std::string& what);

}  // namespace conf
