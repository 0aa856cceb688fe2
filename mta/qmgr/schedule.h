// When a message that could not be delivered is tried again: qmail's quadratic schedule.
#pragma once

#include <cstdint>

namespace mta {

// Seconds from a try at this age of the message to the next: (√age + 10)² − age, as for qmail's local deliveries.
std::int64_t retry_delay(std::int64_t age_seconds);

}  // namespace mta
