// What a call costs by a tariff. Pure: the same call and the same allowance cost the same for ever.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/result.h"
#include "conf/tariff.h"
#include "pppctl/money/cost.h"

namespace pppctl::money {

// What the provider bills of a call.
struct Billed {
  std::chrono::sys_seconds begin;
  std::chrono::milliseconds time{0};
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
};

// What of the account's free time and volume is left in the period of the call.
struct Allowance {
  std::int64_t ms = 0;
  std::int64_t octets = 0;
};

// Permanent: the sum is too great to be counted.
base::Result<Cost> price(const conf::Tariff& tariff, const Billed& billed, const Allowance& left);

// The end of the step that `after`, since the begin of the billing, lies in: the next one begins there.
std::chrono::milliseconds paid_until(const conf::Tariff& tariff, std::chrono::sys_seconds begin,
                                     std::chrono::milliseconds after);

// The moments of a call, in milliseconds of the wall's clock; none: it did not come so far.
struct Moments {
  std::optional<std::int64_t> dialled, answered, connected, ended;
  bool is_unanswered = false;  // the network said that nobody took the call
};

// When the billing begins by this tariff; none: never. A call that was taken, nobody knows when, is taken for one that
// was answered a handshake before its CONNECT; one that failed without a word why, for one that was answered at once.
std::optional<std::int64_t> billing_begin_ms(const conf::Tariff& tariff, const Moments& moments);

// Of the whole allowance, what is left of it in the period.
Allowance left_of(const conf::Tariff& tariff, std::int64_t used_ms, std::int64_t used_octets);

}  // namespace pppctl::money
