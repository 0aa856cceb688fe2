// tariffs/NAME.toml: a provider's price sheet (offhook-tariff(5)). What a call costs by it is counted in pppctl/money.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time_zone.h"
#include "conf/places.h"
#include "conf/toml.h"

namespace conf {

enum class BillingBegin { dial, answer, connect };
enum class Straddle {
  start,  // a step that lasts from one band into another has the price of the band in which it begins
  split,  // each part has its own
};
enum class RoundingMode { exact, up, half_up, half_even, down };
enum class RoundingPoint { call, step };
enum class Direction { both, sent, received };

struct Rounding {
  std::int64_t place_nano = 1;
  RoundingMode mode = RoundingMode::half_up;
  RoundingPoint at = RoundingPoint::call;
};

// What a call costs at some time of the day. Amounts are nano-units, times whole seconds.
struct TimePrice {
  std::int64_t setup_nano = 0;
  std::int64_t price_nano = 0;  // for `per`, or where that is not given for a step
  std::chrono::seconds first_step{60};
  std::chrono::seconds step{60};
};

struct BandDate {
  std::optional<std::chrono::year> year;  // none: every year
  std::chrono::month_day day;
};

// Times of one civil day from its midnight; `to` not after `from`: over midnight, and it belongs to the day on which it
// begins.
struct Band {
  std::string name;
  std::vector<std::chrono::weekday> days;  // empty with dates empty: every day
  std::vector<BandDate> dates;
  std::chrono::seconds from{0};
  std::chrono::seconds to{86400};
  TimePrice price;
};

struct VolumePrice {
  std::int64_t price_nano = 0;               // for a unit
  std::int64_t unit_octets = 1;              // 1000 and 1024 and their squares
  std::int64_t block_octets = 1;             // what is charged is whole blocks …
  RoundingMode rounding = RoundingMode::up;  // … of a session, rounded so
  Direction direction = Direction::both;
};

struct Tariff {
  std::string name;  // of the file, without .toml
  std::string currency;
  base::TimeZone zone;
  BillingBegin begin = BillingBegin::answer;
  std::chrono::seconds handshake{20};  // from the answer to CONNECT, where nobody tells when it was answered
  std::optional<std::chrono::seconds> per;
  TimePrice price;
  std::vector<Band> bands;  // the first that holds a moment is the one; none does: `price`
  Straddle straddle = Straddle::start;
  std::optional<VolumePrice> volume;
  std::chrono::seconds free_time{0};  // of an account in a period: of it, a step is free or it is not
  std::int64_t free_octets = 0;
  unsigned period_day = 1;  // of the month, 1 to 28: a period begins there at midnight
  std::int64_t minimum_nano = 0;
  std::int64_t tax_nano_percent = 0;
  Rounding rounding;
};

// Asks the table for its keys; faults stay in the file (toml.h).
Tariff read_tariff(TomlTable& table);

// Permanent with file, line and key for every fault.
base::Result<Tariff> load_tariff(const Places& places, const std::string& name);

}  // namespace conf
