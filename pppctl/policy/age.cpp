#include "pppctl/policy/age.h"

#include <algorithm>

namespace pppctl::policy {

std::chrono::milliseconds age_of(const Stamp& then, const Stamp& now) {
  const bool is_same_boot = !then.boot_id.empty() && then.boot_id == now.boot_id;
  const auto age = is_same_boot ? now.boot_ms - then.boot_ms : std::max(now.wall_ms - then.wall_ms, now.boot_ms);
  return std::chrono::milliseconds(std::max<std::int64_t>(age, 0));
}

}  // namespace pppctl::policy
