// Exact fractions of amounts: 128 bits in between, every operation checked.
#pragma once

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "conf/tariff.h"

namespace pppctl::money {

__extension__ typedef __int128 Wide;

// A sum that does not fit remembers it, and the failure comes out of rounded().
class Checked {
 public:
  Checked() = default;
  explicit Checked(Wide value) : value_(value) {}

  Checked& operator+=(const Checked& other);
  Checked& operator*=(Wide factor);
  friend Checked operator+(Checked a, const Checked& b) { return a += b; }
  friend Checked operator*(Checked a, Wide factor) { return a *= factor; }

  // The greater of both.
  [[nodiscard]] Checked at_least(const Checked& other) const;
  // This divided by `by`, in whole multiples of `place`; not negative.
  [[nodiscard]] base::Result<std::int64_t> rounded(Wide by, std::int64_t place, conf::RoundingMode mode) const;

 private:
  Wide value_ = 0;
  bool fits_ = true;
};

}  // namespace pppctl::money
