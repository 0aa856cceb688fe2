#include "base/clock.h"

#include <time.h>

#include <array>
#include <cstdio>

#include "base/directory.h"

namespace base {

ClockReading read_clock() {
  timespec wall{};
  timespec boot{};
  ::clock_gettime(CLOCK_REALTIME, &wall);
  ::clock_gettime(CLOCK_BOOTTIME, &boot);
  return ClockReading{wall.tv_sec, wall.tv_nsec / 1000, boot.tv_sec};
}

std::string boot_id() {
  auto text = read_file("/proc/sys/kernel/random/boot_id", 256);
  if (!text) return {};
  while (!text->empty() && text->back() == '\n') text->pop_back();
  return *text;
}

std::string rfc5322_date(std::int64_t wall_seconds) {
  // Spelled out, because strftime's names follow the locale and RFC 5322's do not.
  static constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const time_t when = wall_seconds;
  tm local{};
  ::localtime_r(&when, &local);
  const long minutes = local.tm_gmtoff / 60;
  const long size = minutes < 0 ? -minutes : minutes;
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d %c%02ld%02ld",
                days[static_cast<std::size_t>(local.tm_wday)], local.tm_mday,
                months[static_cast<std::size_t>(local.tm_mon)], local.tm_year + 1900, local.tm_hour, local.tm_min,
                local.tm_sec, minutes < 0 ? '-' : '+', size / 60, size % 60);
  return text.data();
}

}  // namespace base
