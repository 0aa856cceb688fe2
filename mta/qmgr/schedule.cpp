#include "mta/qmgr/schedule.h"

#include <algorithm>
#include <cmath>

namespace mta {

std::int64_t retry_delay(std::int64_t age_seconds) {
  constexpr std::int64_t step = 10;
  const auto age = std::max<std::int64_t>(age_seconds, 0);
  const auto root = static_cast<std::int64_t>(std::sqrt(static_cast<double>(age))) + step;
  return root * root - age;
}

}  // namespace mta
