#include "pppctl/moment.h"

#include <time.h>

#include <array>
#include <cstdio>

namespace pppctl {
namespace {

constexpr std::int64_t ms_in_second = 1000;
constexpr std::int64_t ns_in_ms = 1'000'000;

std::int64_t milliseconds(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return now.tv_sec * ms_in_second + now.tv_nsec / ns_in_ms;
}

std::string formatted(const tm& parts, const char* form) {
  std::array<char, 64> text{};
  const auto n = ::strftime(text.data(), text.size(), form, &parts);
  return {text.data(), n};
}

}  // namespace

Moment read_moment() { return Moment{milliseconds(CLOCK_REALTIME), milliseconds(CLOCK_BOOTTIME)}; }

std::string utc_time(std::int64_t wall_ms) {
  const time_t seconds = wall_ms / ms_in_second;
  tm parts{};
  ::gmtime_r(&seconds, &parts);
  return formatted(parts, "%Y-%m-%dT%H:%M:%SZ");
}

std::string local_time(std::int64_t wall_ms) {
  const time_t seconds = wall_ms / ms_in_second;
  tm parts{};
  ::localtime_r(&seconds, &parts);
  return formatted(parts, "%Y-%m-%d %H:%M:%S");
}

}  // namespace pppctl
