#include "base/zone_rule.h"

#include <utility>

namespace base {
namespace {

using std::chrono::days;
using std::chrono::seconds;

constexpr int most_offset_hours = 24;   // POSIX, chapter 8.3
constexpr int most_change_hours = 167;  // RFC 8536 §3.3.1
constexpr unsigned least_name = 3;

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

// Reads the string from its begin; what does not fit ends the reading with nothing.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  bool skip(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // "CET" or "<+0330>".
  bool name() {
    const bool quoted = skip('<');
    std::size_t n = 0;
    while (n < rest_.size() &&
           (is_letter(rest_[n]) || (quoted && (is_digit(rest_[n]) || rest_[n] == '+' || rest_[n] == '-')))) {
      ++n;
    }
    rest_.remove_prefix(n);
    return n >= least_name && (!quoted || skip('>'));
  }
  std::optional<int> number(int least, int most) {
    if (rest_.empty() || !is_digit(rest_[0])) return {};
    int value = 0;
    while (!rest_.empty() && is_digit(rest_[0])) {
      value = value * 10 + (rest_[0] - '0');
      if (value > most) return {};
      rest_.remove_prefix(1);
    }
    return value < least ? std::optional<int>() : value;
  }
  // "[+-]hh[:mm[:ss]]".
  std::optional<seconds> time(int most_hours) {
    const bool negative = skip('-');
    if (!negative) skip('+');
    const auto hours = number(0, most_hours);
    if (!hours) return {};
    seconds value = std::chrono::hours(*hours);
    for (const seconds unit : {seconds(60), seconds(1)}) {
      if (!skip(':')) break;
      const auto part = number(0, 59);
      if (!part) return {};
      value += *part * unit;
    }
    return negative ? -value : value;
  }
  std::optional<ZoneRule::Day> day() {
    ZoneRule::Day day;
    if (skip('M')) {
      const auto month = number(1, 12);
      const auto week = month && skip('.') ? number(1, 5) : std::nullopt;
      const auto weekday = week && skip('.') ? number(0, 6) : std::nullopt;
      if (!weekday) return {};
      day.month = static_cast<unsigned>(*month);
      day.week = static_cast<unsigned>(*week);
      day.weekday = std::chrono::weekday(static_cast<unsigned>(*weekday));
    } else {
      const bool without_leap = skip('J');
      const auto count = without_leap ? number(1, 365) : number(0, 365);
      if (!count) return {};
      day.form = without_leap ? ZoneRule::Day::Form::day_without_leap : ZoneRule::Day::Form::day_of_year;
      day.day = static_cast<unsigned>(*count);
    }
    if (!skip('/')) return day;
    const auto at = time(most_change_hours);
    if (!at) return {};
    day.time = *at;
    return day;
  }

 private:
  std::string_view rest_;
};

std::chrono::sys_days date_of(const ZoneRule::Day& day, std::chrono::year year) {
  const std::chrono::sys_days first = year / std::chrono::January / 1;
  switch (day.form) {
    case ZoneRule::Day::Form::day_without_leap:
      return first + days(day.day - 1) + days(year.is_leap() && day.day > 31 + 28 ? 1 : 0);
    case ZoneRule::Day::Form::day_of_year:
      return first + days(day.day);
    case ZoneRule::Day::Form::weekday:
      break;
  }
  const auto month = year / std::chrono::month(day.month);
  return day.week == 5 ? std::chrono::sys_days(month / day.weekday[std::chrono::last])
                       : std::chrono::sys_days(month / day.weekday[day.week]);
}

}  // namespace

std::array<ZoneRule::Change, 2> ZoneRule::changes(std::chrono::year year) const {
  const Change begin{date_of(summer->begin, year) + summer->begin.time - offset, summer->offset};
  const Change end{date_of(summer->end, year) + summer->end.time - summer->offset, offset};
  if (end.at < begin.at) return {end, begin};
  return {begin, end};
}

std::optional<ZoneRule> parse_zone_rule(std::string_view text) {
  if (text.size() > max_zone_rule_bytes) return {};
  Reader reader(text);
  if (!reader.name()) return {};
  const auto west = reader.time(most_offset_hours);  // POSIX counts westwards
  if (!west) return {};
  ZoneRule rule{-*west, {}};
  if (reader.at_end()) return rule;
  if (!reader.name()) return {};
  ZoneRule::Summer summer{rule.offset + std::chrono::hours(1), {}, {}};
  if (!reader.skip(',')) {
    const auto summer_west = reader.time(most_offset_hours);
    if (!summer_west || !reader.skip(',')) return {};
    summer.offset = -*summer_west;
  }
  const auto begin = reader.day();
  if (!begin || !reader.skip(',')) return {};
  const auto end = reader.day();
  if (!end || !reader.at_end()) return {};
  summer.begin = *begin;
  summer.end = *end;
  rule.summer = summer;
  return rule;
}

}  // namespace base
