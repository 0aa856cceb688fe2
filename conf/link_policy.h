// [when] of links/NAME.toml: when a call by this link is worth making, and how often it may be tried.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time_zone.h"
#include "conf/toml.h"

namespace conf {

// By the clocks of a place. A window whose end is not after its begin goes on over midnight.
struct CallWindow {
  std::uint8_t days = 0;  // of its begin; bit 0 is Monday
  std::chrono::minutes begin{0}, end{0};
};

inline constexpr int days_in_week = 7;
inline constexpr std::size_t max_call_windows = 100;
inline constexpr std::int64_t most_dials = 1440;  // in an hour or a day

// The pause after so many failures in a row: first, and factor times the one before up to limit.
struct BackOff {
  std::chrono::milliseconds first, limit;
  std::int64_t factor = 2;

  [[nodiscard]] std::chrono::milliseconds after(std::int64_t failures) const;
};

struct LinkPolicy {
  std::optional<std::uint64_t> max_size;  // octets of a message that may go this way
  std::optional<int> min_priority;        // of a message that may go this way

  std::vector<CallWindow> windows;  // none: at any time
  std::string zone{base::local_zone_name};
  base::TimeZone time_zone;

  // Each is a reason to call; without any, every message is one.
  std::optional<std::chrono::milliseconds> interval;  // since the last call, though nothing waits
  std::optional<std::chrono::milliseconds> older;     // a message waits for longer
  std::optional<std::uint64_t> messages, octets;      // more than so many wait
  std::optional<int> priority;                        // a message of at least this priority waits

  std::chrono::milliseconds pause{0};                         // from the end of a call to the next dial
  std::optional<std::int64_t> dials_per_hour, dials_per_day;  // none: most_unasked for calls by mail alone
  std::optional<std::int64_t> retries;                        // failures in a row of a number; none: likewise
  BackOff soon{std::chrono::minutes(1), std::chrono::minutes(30)};
  BackOff later{std::chrono::minutes(10), std::chrono::hours(4)};

  [[nodiscard]] bool has_mail_trigger() const { return older || messages || octets || priority; }
};

// "mon-fri 08:00-18:00", "sat,sun 22:00-06:00", "9:00-24:00". Pure; nothing for what is none.
std::optional<CallWindow> parse_call_window(std::string_view text);

// Asks the link's table for max_size, min_priority and [when]; faults stay in the file (toml.h).
LinkPolicy read_link_policy(TomlTable& link);

}  // namespace conf
