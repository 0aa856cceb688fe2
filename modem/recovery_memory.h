// When the dear rungs of a modem's ladder were climbed last, in RUN/recovery-PROFILE, so that a session a minute does
// not cut the modem's power each minute. Whoever has the port's lock is the only one who writes it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "modem/ladder.h"

namespace modem {

// On CLOCK_BOOTTIME: a new boot has forgotten it all.
struct DearClimbs {
  std::optional<std::int64_t> restart;
  std::optional<std::int64_t> power;
};

// Pure. A text of another boot, or one that is none, is empty.
DearClimbs parse_climbs(std::string_view text, std::string_view boot_id);
std::string format_climbs(const DearClimbs& climbs, std::string_view boot_id);

base::Result<DearClimbs> read_climbs(const std::string& run_dir, const std::string& profile);
// On disk before it returns.
base::Result<void> note_climb(const std::string& run_dir, const std::string& profile, Rung rung);

}  // namespace modem
