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
  const auto monday = today - (weekday(today) - Monday);
  const year_month_day begin(month);
  const auto next_month = local_days((year_month(begin.year(), begin.month()) + months(1)) / begin.day());
  return {utc(today), utc(monday), utc(month), utc(today + days(1)), utc(monday + weeks(1)), utc(next_month)};
}

std::optional<Breach> breach(const conf::Caps& caps, const Spent& spent, const Wanted& wanted, const Windows& windows,
                             std::string_view whose) {
  struct Limit {
    const char* what;
    std::optional<std::int64_t> cap;
    std::int64_t spent;
    std::optional<sys_seconds> until;
  };
  const std::array limits{Limit{"a call", caps.call, 0, std::nullopt},
                          Limit{"a day", caps.day, spent.day, windows.next_day},
                          Limit{"a week", caps.week, spent.week, windows.next_week},
                          Limit{"a month", caps.month, spent.month, windows.next_month},
                          Limit{"a day's calls without mail", caps.failed, spent.failed, windows.next_day}};
  for (const auto& limit : limits) {
    if (!limit.cap || (&limit == &limits.back() && wanted.has_carried_mail)) continue;
    std::int64_t sum = 0;
    if (!__builtin_add_overflow(limit.spent, wanted.nano, &sum) && sum <= *limit.cap) continue;
    const auto reason = "the cap of " + std::string(whose) + " for " + limit.what + " is " + amount_text(*limit.cap) +
                        " " + wanted.currency + ": " + amount_text(limit.spent) +
                        " is spent, and the call would cost " + amount_text(wanted.nano);
    return Breach{reason, limit.until};
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
