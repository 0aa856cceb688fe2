// What a call costs, with what it is made of.
#pragma once

#include <cstdint>

namespace pppctl::money {

// Amounts in nano-units of the tariff's currency. nano is what the provider asks, tax in it, rounded as the tariff
// says; the parts before it are for people to read, each rounded to the nano-unit.
struct Cost {
  std::int64_t nano = 0;
  std::int64_t setup_nano = 0, time_nano = 0, volume_nano = 0, tax_nano = 0;
  std::int64_t billed_ms = 0;  // whole steps, free ones too
  std::int64_t billed_octets = 0;
  std::int64_t free_ms = 0;  // of the account's allowance
  std::int64_t free_octets = 0;

  friend bool operator==(const Cost&, const Cost&) = default;
};

}  // namespace pppctl::money
