#include "pppctl/money/caps.h"

#include <array>

namespace pppctl::money {

using namespace std::chrono;

sys_seconds second_of(std::int64_t wall_ms) { return floor<seconds>(sys_time<milliseconds>(milliseconds(wall_ms))); }

Windows windows_at(const conf::Tariff& tariff, sys_seconds at) {
  const auto today = floor<days>(tariff.zone.local(at).civil);
  const year_month_day date(today);
  auto month = local_days(date.year() / date.month() / day(tariff.period_day));
  if (month > today) {
    const auto before = year_month(date.year(), date.month()) - months(1);
    month = local_days(before / day(tariff.period_day));
  }
  const auto utc = [&](local_days day) { return tariff.zone.utc(day, base::TimeZone::Pass::earlier); };
  return {utc(today), utc(today - (weekday(today) - Monday)), utc(month)};
}

std::optional<std::string> breach(const conf::Caps& caps, const Spent& spent, const Wanted& wanted,
                                  std::string_view whose) {
  struct Limit {
    const char* what;
    std::optional<std::int64_t> cap;
    std::int64_t spent;
  };
  const std::array limits{Limit{"a call", caps.call, 0}, Limit{"a day", caps.day, spent.day},
                          Limit{"a week", caps.week, spent.week}, Limit{"a month", caps.month, spent.month},
                          Limit{"a day's calls without mail", caps.failed, spent.failed}};
  for (const auto& limit : limits) {
    if (!limit.cap || (&limit == &limits.back() && wanted.has_carried_mail)) continue;
    std::int64_t sum = 0;
    if (!__builtin_add_overflow(limit.spent, wanted.nano, &sum) && sum <= *limit.cap) continue;
    return "the cap of " + std::string(whose) + " for " + limit.what + " is " + amount_text(*limit.cap) + " " +
           wanted.currency + ": " + amount_text(limit.spent) + " is spent, and the call would cost " +
           amount_text(wanted.nano);
  }
  return std::nullopt;
}

std::string amount_text(std::int64_t nano) {
  constexpr std::size_t decimals = 9, least = 2;
  auto fraction = std::to_string(nano % conf::nano_units);
  fraction.insert(0, decimals - fraction.size(), '0');
  while (fraction.size() > least && fraction.back() == '0') fraction.pop_back();
  return std::to_string(nano / conf::nano_units) + "." + fraction;
}

}  // namespace pppctl::money
