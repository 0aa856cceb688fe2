// Whether there is money for a call, and how amounts are told. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "conf/caps.h"
#include "conf/tariff.h"

namespace pppctl::money {

// The whole second that a moment of the wall's clock lies in: providers count from there, and so do bands and windows.
std::chrono::sys_seconds second_of(std::int64_t wall_ms);

// When the day, the week (its Monday) and the month of this moment began, and when the next ones do, by the provider's
// clocks.
struct Windows {
  std::chrono::sys_seconds day, week, month;
  std::chrono::sys_seconds next_day, next_week, next_month;
};
Windows windows_at(const conf::Tariff& tariff, std::chrono::sys_seconds at);

// What the other calls of those windows cost or have reserved.
struct Spent {
  std::int64_t day = 0, week = 0, month = 0;
  std::int64_t failed = 0;  // of the day, by calls that carried no mail
};

struct Wanted {
  std::int64_t nano = 0;  // by the whole call
  bool has_carried_mail = false;
  std::string currency;
};

struct Breach {
  std::string reason;                             // one line
  std::optional<std::chrono::sys_seconds> until;  // the cap is a new one then; none: it is one of every call
};

// Why it may not be spent; none: it may. whose: "link provider", "account office".
std::optional<Breach> breach(const conf::Caps& caps, const Spent& spent, const Wanted& wanted, const Windows& windows,
                             std::string_view whose);

// "1.05", "0.0312": two decimals at least.
std::string amount_text(std::int64_t nano);

}  // namespace pppctl::money
