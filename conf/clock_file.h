// The newest time that was ever believed here, as the queue keeps it (mta-queuectl(8)): what a clock is judged by.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "conf/places.h"

namespace conf {

inline constexpr std::size_t max_clock_bytes = 64U * 1024;

// Wall seconds, of the file's text; none: it says nothing of it.
std::optional<std::int64_t> parse_clock_floor(std::string_view text);

// None where there is no such file, or none that can be read: no queue manager has run yet.
std::optional<std::int64_t> read_clock_floor(const Places& places);

}  // namespace conf
