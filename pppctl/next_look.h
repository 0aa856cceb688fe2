// When all links are to be looked at again: a word from `session any` to the daemon that started it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/result.h"
#include "conf/places.h"

namespace pppctl {

// None: when something happens.
base::Result<void> write_next_look(const conf::Places& places, std::optional<std::int64_t> wall_ms);
// Of a file that is not there, or none that can be read: in good time.
std::int64_t read_next_look(const conf::Places& places);

inline constexpr std::chrono::seconds longest_rest{
    900};  // a look at the spools at least so often, whatever inotify says
inline constexpr std::chrono::seconds shortest_rest{1};  // between two looks

// Until then, within these bounds.
std::chrono::milliseconds rest_until(std::int64_t next_wall_ms, std::int64_t now_wall_ms);

}  // namespace pppctl
