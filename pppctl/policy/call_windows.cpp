#include "pppctl/policy/call_windows.h"

#include <algorithm>
#include <array>

namespace pppctl::policy {
namespace {

using std::chrono::days;
using std::chrono::local_days;
using std::chrono::sys_seconds;

constexpr int looked_ahead_days = conf::days_in_week + 1;  // every window begins once in these

bool begins_on(const conf::CallWindow& window, local_days day) {
  const auto index = std::chrono::weekday(day).iso_encoding() - 1;
  return (window.days >> index & 1U) != 0;
}

bool is_in(const conf::CallWindow& window, std::chrono::local_seconds civil) {
  const auto day = std::chrono::floor<days>(civil);
  const auto time = civil - day;
  if (window.begin < window.end) return begins_on(window, day) && time >= window.begin && time < window.end;
  return (begins_on(window, day) && time >= window.begin) || (begins_on(window, day - days(1)) && time < window.end);
}

std::string days_text(std::uint8_t mask) {
  static constexpr std::array<const char*, conf::days_in_week> words{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
  const auto has = [&](std::size_t day) { return day < words.size() && (mask >> day & 1U) != 0; };
  std::string text;
  for (std::size_t day = 0; day < words.size(); ++day) {
    if (!has(day)) continue;
    if (!text.empty()) text += ',';
    text += words[day];
    const auto first = day;
    while (has(day + 1)) ++day;
    if (day > first) text += std::string(day > first + 1 ? "-" : ",") + words[day];
  }
  return mask == (1U << words.size()) - 1 ? "" : text + " ";
}

// "08:00".
std::string clock_text(std::chrono::minutes time) {
  const auto two_digits = [](std::int64_t number) { return (number < 10 ? "0" : "") + std::to_string(number); };
  return two_digits(time.count() / 60) + ":" + two_digits(time.count() % 60);
}

}  // namespace

bool is_open(const conf::LinkPolicy& policy, sys_seconds at) {
  if (policy.windows.empty()) return true;
  const auto civil = policy.time_zone.local(at).civil;
  return std::any_of(policy.windows.begin(), policy.windows.end(),
                     [&](const auto& window) { return is_in(window, civil); });
}

sys_seconds next_open(const conf::LinkPolicy& policy, sys_seconds from) {
  if (is_open(policy, from)) return from;
  const auto& zone = policy.time_zone;
  std::optional<sys_seconds> first;
  const auto consider = [&](sys_seconds at) {
    if (at > from && (!first || at < *first) && is_open(policy, at)) first = at;
  };
  const auto today = std::chrono::floor<days>(zone.local(from).civil);
  for (int ahead = 0; ahead <= looked_ahead_days; ++ahead) {
    const auto day = today + days(ahead);
    for (const auto& window : policy.windows) {
      if (!begins_on(window, day)) continue;
      // What the clocks show twice begins twice.
      consider(zone.utc(day + window.begin, base::TimeZone::Pass::earlier));
      consider(zone.utc(day + window.begin, base::TimeZone::Pass::later));
    }
  }
  // Clocks that are put back or forward may fall into a window.
  const auto last = from + days(looked_ahead_days);
  for (auto change = zone.next_change(from); change && *change < last; change = zone.next_change(*change)) {
    consider(*change);
  }
  return first.value_or(last);  // a window that no day has: it is asked again then
}

std::string windows_text(const conf::LinkPolicy& policy) {
  std::string text;
  for (const auto& window : policy.windows) {
    if (!text.empty()) text += ", ";
    text += days_text(window.days) + clock_text(window.begin) + "-" + clock_text(window.end);
  }
  return text;
}

}  // namespace pppctl::policy
