// The clocks as values. Cores are handed these; only shells read them.
#pragma once

#include <cstdint>
#include <string>

namespace base {

struct ClockReading {
  std::int64_t wall_seconds = 0;       // CLOCK_REALTIME since the epoch
  std::int64_t wall_microseconds = 0;  // the part below a second
  std::int64_t boot_seconds = 0;       // CLOCK_BOOTTIME: counts through suspend, knows no steps
};

ClockReading read_clock();

// The kernel's id of this boot; empty where it cannot be read. CLOCK_BOOTTIME compares only within one boot.
std::string boot_id();

// "Tue, 03 Nov 2026 10:00:00 +0000" (RFC 5322 §3.3), in local time with its offset.
std::string rfc5322_date(std::int64_t wall_seconds);

}  // namespace base
