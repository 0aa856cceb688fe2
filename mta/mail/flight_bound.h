// How many messages a client of SMTP or QMTP may have sent and not answered: what a break would leave in doubt, against
// what keeps a line of long delay filled.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>

namespace mail {

class FlightBound {
 public:
  using Time = std::chrono::milliseconds;

  static constexpr std::size_t max_in_flight = 64;
  // So many may always be in flight: the next one fills the line while the server thinks.
  static constexpr std::size_t always_in_flight = 2;

  // More only while the oldest has waited for less than this, or than twice the shortest wait of the session where that
  // is longer: a line's own delay must not make it idle.
  explicit FlightBound(Time patience) : patience_(patience) {}

  // The oldest has all its answers, so long after it was sent.
  void answered(Time waited) { shortest_wait_ = shortest_wait_ ? std::min(*shortest_wait_, waited) : waited; }

  [[nodiscard]] bool has_room(std::size_t in_flight, Time oldest_waits) const {
    if (in_flight < always_in_flight) return true;
    if (in_flight >= max_in_flight) return false;
    return oldest_waits < std::max(patience_, 2 * shortest_wait_.value_or(Time{0}));
  }

 private:
  Time patience_;
  std::optional<Time> shortest_wait_;
};

}  // namespace mail
