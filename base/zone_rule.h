// The rule by which a zone's clocks change year after year: POSIX's TZ string as it ends a TZif file (RFC 8536 §3.3).
// Pure.
#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <string_view>

namespace base {

inline constexpr std::size_t max_zone_rule_bytes = 256;  // tzdata's longest has 46

struct ZoneRule {
  // The day of a change, and the time by the clocks that change, from that day's midnight: before it or past its end
  // too (RFC 8536 §3.3.1).
  struct Day {
    enum class Form { day_without_leap, day_of_year, weekday };
    Form form = Form::weekday;
    unsigned day = 0;              // Jn: 1 to 365, 29 February never counted; n: 0 to 365
    unsigned month = 1, week = 1;  // Mm.w.d: week 5 is the last
    std::chrono::weekday weekday{};
    std::chrono::seconds time{7200};
  };
  struct Summer {
    std::chrono::seconds offset{0};
    Day begin, end;
  };
  struct Change {
    std::chrono::sys_seconds at;
    std::chrono::seconds offset;  // from there on
  };

  std::chrono::seconds offset{0};  // east of UTC, outside summer
  std::optional<Summer> summer;    // none: the clocks never change

  // The summer's begin and end that the rule gives for this year, in the order of time. There is a summer.
  [[nodiscard]] std::array<Change, 2> changes(std::chrono::year year) const;
};

// "CET-1CEST,M3.5.0,M10.5.0/3"; nothing for what is none.
std::optional<ZoneRule> parse_zone_rule(std::string_view text);

}  // namespace base
