// The civil time of a place, by the machine's tzdata (RFC 8536, version 2 and later).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/zone_rule.h"

namespace base {

inline constexpr std::size_t max_zone_file_bytes = 64U * 1024;  // tzdata's greatest has 4 kB
inline constexpr std::size_t max_zone_name_bytes = 64;
inline constexpr std::string_view local_zone_name = "local";

class TimeZone {
 public:
  struct LocalTime {
    std::chrono::local_seconds civil;  // what the clocks there show
    std::chrono::seconds offset;       // east of UTC
  };
  // Which one, of a civil time that the clocks show twice.
  enum class Pass { earlier, later };

  TimeZone() = default;  // UTC

  // "Europe/Berlin" of /usr/share/zoneinfo; "local": what the host's /etc/localtime says, UTC where it says nothing.
  // Permanent for a name that is none, and without tzdata.
  static Result<TimeZone> load(const std::string& name);
  // Pure; name is for the failure's text.
  static Result<TimeZone> parse(std::string_view bytes, const std::string& name);

  [[nodiscard]] LocalTime local(std::chrono::sys_seconds utc) const;
  // A time that the clocks leap over is the moment of the leap.
  [[nodiscard]] std::chrono::sys_seconds utc(std::chrono::local_seconds civil, Pass pass) const;
  // The next moment after this one from which on the offset is another.
  [[nodiscard]] std::optional<std::chrono::sys_seconds> next_change(std::chrono::sys_seconds utc) const;

 private:
  friend class ZoneFile;
  [[nodiscard]] std::chrono::seconds offset_at(std::chrono::sys_seconds utc) const;

  std::chrono::seconds first_{0};          // the offset before any change
  std::vector<ZoneRule::Change> changes_;  // ascending
  std::optional<ZoneRule> rule_;           // after the last change
};

}  // namespace base
