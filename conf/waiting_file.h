// What waits for which link, and why: a small file that pppctl leaves for those who ask what became of their mail.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "conf/places.h"

namespace conf {

inline constexpr std::size_t max_waiting_bytes = 64U * 1024;

// One line a route and link, without line ends; replaces what was there. Lines beyond the bound are left out.
base::Result<void> write_waiting(const Places& places, const std::vector<std::string>& lines);

// Empty where there is no such file, or none that can be read: nothing hangs on it. Escaped, for a terminal.
std::vector<std::string> read_waiting(const Places& places);

}  // namespace conf
