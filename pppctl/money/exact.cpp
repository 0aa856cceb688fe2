#include "pppctl/money/exact.h"

#include <algorithm>
#include <limits>

namespace pppctl::money {
namespace {

// How many whole parts; `rest` of `of` are left over.
bool goes_up(conf::RoundingMode mode, Wide whole, Wide rest, Wide of) {
  switch (mode) {
    case conf::RoundingMode::exact:
    case conf::RoundingMode::half_up:
      return rest >= of - rest;
    case conf::RoundingMode::up:
      return rest > 0;
    case conf::RoundingMode::half_even:
      return rest > of - rest || (rest == of - rest && whole % 2 != 0);
    case conf::RoundingMode::down:
      break;
  }
  return false;
}

}  // namespace

Checked& Checked::operator+=(const Checked& other) {
  fits_ = fits_ && other.fits_ && !__builtin_add_overflow(value_, other.value_, &value_);
  return *this;
}

Checked& Checked::operator*=(Wide factor) {
  fits_ = fits_ && !__builtin_mul_overflow(value_, factor, &value_);
  return *this;
}

Checked Checked::at_least(const Checked& other) const {
  Checked greater(std::max(value_, other.value_));
  greater.fits_ = fits_ && other.fits_;
  return greater;
}

base::Result<std::int64_t> Checked::rounded(Wide by, std::int64_t place, conf::RoundingMode mode) const {
  Wide divisor = 0;
  Wide result = 0;
  const bool divides = !__builtin_mul_overflow(by, Wide{place}, &divisor);
  if (fits_ && divides) {
    const Wide whole = value_ / divisor;
    const Wide rest = value_ % divisor;
    const Wide parts = whole + (goes_up(mode, whole, rest, divisor) ? 1 : 0);
    if (!__builtin_mul_overflow(parts, Wide{place}, &result) && result <= std::numeric_limits<std::int64_t>::max()) {
      return static_cast<std::int64_t>(result);
    }
  }
  return base::permanent("the cost of the call is beyond what can be counted");
}

}  // namespace pppctl::money
