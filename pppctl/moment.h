// A point of time by both clocks: the wall's for people, CLOCK_BOOTTIME's for durations.
#pragma once

#include <cstdint>
#include <string>

namespace pppctl {

struct Moment {
  std::int64_t wall_ms = 0;  // CLOCK_REALTIME since the epoch
  std::int64_t boot_ms = 0;  // CLOCK_BOOTTIME: counts through suspend, compares within one boot only
};

Moment read_moment();

// "2026-11-23T08:16:23Z". Pure.
std::string utc_time(std::int64_t wall_ms);
// "2026-11-23 09:16:23" in the zone of this host.
std::string local_time(std::int64_t wall_ms);

}  // namespace pppctl
