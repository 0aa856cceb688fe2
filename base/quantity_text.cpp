#include "base/quantity_text.h"

#include <array>
#include <cmath>
#include <cstdio>

namespace base {
namespace {

constexpr double thousand = 1000;
constexpr double hundred = 100;

std::string fixed(double value, int decimals) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  return text.data();
}

}  // namespace

std::string seconds_text(std::int64_t ms) { return fixed(static_cast<double>(ms) / thousand, 1) + " s"; }

std::string minutes_text(std::chrono::seconds time) {
  const auto seconds = std::to_string(time.count() % 60);
  return std::to_string(time.count() / 60) + (seconds.size() < 2 ? ":0" : ":") + seconds;
}

std::string octets_text(std::uint64_t octets) {
  const auto value = static_cast<double>(octets);
  if (value < thousand) return std::to_string(octets) + " B";
  if (value < thousand * thousand) return fixed(value / thousand, 1) + " kB";
  return fixed(value / thousand / thousand, 1) + " MB";
}

std::string rate_text(double octets_per_second) {
  return octets_text(static_cast<std::uint64_t>(std::llround(octets_per_second))) + "/s";
}

std::string percent_text(double share) { return fixed(share * hundred, 0) + " %"; }

}  // namespace base
