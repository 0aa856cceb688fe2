#include "conf/link_policy.h"

#include <algorithm>
#include <array>

#include "conf/sender_priority.h"
#include "conf/text.h"

namespace conf {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

constexpr std::array<std::string_view, days_in_week> day_words{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
constexpr std::uint8_t every_day = 0x7F;
constexpr std::int64_t most_messages = 1'000'000'000;
constexpr std::int64_t greatest_factor = 100;
constexpr minutes whole_day = std::chrono::hours(24);

std::optional<int> day_of(std::string_view word) {
  const auto* found = std::find(day_words.begin(), day_words.end(), word);
  return found == day_words.end() ? std::optional<int>() : static_cast<int>(found - day_words.begin());
}

// "mon", "mon-fri", "fri-mon".
std::optional<std::uint8_t> parse_days(std::string_view text) {
  const auto dash = text.find('-');
  const auto first = day_of(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : day_of(text.substr(dash + 1));
  if (!first || !last) return {};
  unsigned days = 0;
  for (int day = *first;; day = (day + 1) % days_in_week) {
    days |= 1U << static_cast<unsigned>(day);
    if (day == *last) return static_cast<std::uint8_t>(days);
  }
}

std::optional<std::uint8_t> parse_day_list(std::string_view text) {
  unsigned days = 0;
  for (;;) {
    const auto comma = text.find(',');
    const auto some = parse_days(text.substr(0, comma));
    if (!some) return {};
    days |= *some;
    if (comma == std::string_view::npos) return static_cast<std::uint8_t>(days);
    text.remove_prefix(comma + 1);
  }
}

std::optional<minutes> parse_time(std::string_view text) {
  const auto colon = text.find(':');
  if (colon > 2 || text.size() - colon != 3) return {};  // npos is more than 2
  const auto hour = decimal(text.substr(0, colon));
  const auto minute = decimal(text.substr(colon + 1));
  if (!hour || !minute || *minute > 59) return {};
  const auto time = std::chrono::hours(*hour) + minutes(*minute);
  return time > whole_day ? std::optional<minutes>() : time;
}

template <class Number>
void take_count(TomlTable& table, std::string_view key, std::int64_t least, std::int64_t greatest,
                std::optional<Number>& into) {
  if (const auto value = table.integer(key, least, greatest)) into = static_cast<Number>(*value);
}

void take_priority(TomlTable& table, std::string_view key, std::optional<int>& into) {
  if (const auto value = table.integer(key, least_priority, greatest_priority)) into = static_cast<int>(*value);
}

void read_windows(TomlTable& when, LinkPolicy& policy) {
  const auto texts = when.texts("windows");
  if (!texts) return;
  if (texts->empty()) when.complain("windows", "names no time: without the key, every time is right");
  if (texts->size() > max_call_windows) {
    return when.complain("windows", "has more than " + std::to_string(max_call_windows) + " entries");
  }
  for (const auto& text : *texts) {
    const auto window = parse_call_window(text);
    if (!window) {
      when.complain("windows", "'" + text + "' is no window: \"mon-fri 08:00-18:00\", days and times of 24 hours");
    } else {
      policy.windows.push_back(*window);
    }
  }
}

void read_back_off(TomlTable& when, std::string_view key, BackOff& into) {
  auto* table = when.table(key);
  if (table == nullptr) return;
  if (const auto first = table->duration("first")) into.first = *first;
  if (const auto factor = table->integer("factor", 1, greatest_factor)) into.factor = *factor;
  into.limit = std::max(into.limit, into.first);
  if (const auto limit = table->duration("limit")) {
    if (*limit < into.first) table->complain("limit", "is less than first");
    into.limit = *limit;
  }
}

}  // namespace

milliseconds BackOff::after(std::int64_t failures) const {
  if (failures <= 0) return milliseconds(0);
  milliseconds pause = std::min(first, limit);
  for (std::int64_t i = 1; i < failures && pause < limit && pause.count() > 0 && factor > 1; ++i) {
    pause = pause > limit / factor ? limit : pause * factor;
  }
  return pause;
}

std::optional<CallWindow> parse_call_window(std::string_view text) {
  const auto words = words_of(text);
  if (words.empty() || words.size() > 2) return {};
  CallWindow window;
  const auto days = words.size() == 2 ? parse_day_list(lower(words[0])) : every_day;
  const auto dash = words.back().find('-');
  if (!days || dash == std::string_view::npos) return {};
  const auto begin = parse_time(words.back().substr(0, dash));
  const auto end = parse_time(words.back().substr(dash + 1));
  if (!begin || !end || *begin == whole_day || *begin == *end) return {};
  return CallWindow{*days, *begin, *end};
}

LinkPolicy read_link_policy(TomlTable& link) {
  LinkPolicy policy;
  policy.max_size = link.size("max_size");
  take_priority(link, "min_priority", policy.min_priority);
  auto* when = link.table("when");
  if (when == nullptr) {
    if (auto local = base::TimeZone::load(policy.zone)) policy.time_zone = std::move(*local);
    return policy;
  }
  read_windows(*when, policy);
  if (auto zone = when->text("zone")) policy.zone = std::move(*zone);
  auto zone = base::TimeZone::load(policy.zone);
  if (zone) policy.time_zone = std::move(*zone);
  if (!zone) when->complain("zone", zone.error().text);
  policy.interval = when->duration("interval");
  if (policy.interval && policy.interval->count() == 0) when->complain("interval", "is no time");
  policy.older = when->duration("older");
  take_count(*when, "messages", 0, most_messages, policy.messages);
  policy.octets = when->size("octets");
  take_priority(*when, "priority", policy.priority);
  policy.pause = when->duration("pause").value_or(policy.pause);
  take_count(*when, "dials_per_hour", 1, most_dials, policy.dials_per_hour);
  take_count(*when, "dials_per_day", 1, most_dials, policy.dials_per_day);
  take_count(*when, "retries", 1, most_dials, policy.retries);
  read_back_off(*when, "soon", policy.soon);
  read_back_off(*when, "later", policy.later);
  return policy;
}

}  // namespace conf
