// How many messages a client is named at once. One by one while they are slow, so that an order to stop, or something
// more urgent, finds little on its way; but what a fast line takes in a tenth of a second is named together, because
// the client then syncs its notes on them together.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>

namespace serialmail {

inline constexpr std::size_t max_named_at_once = 64;
inline constexpr std::chrono::milliseconds naming_span{100};

class GivingPace {
 public:
  using Time = std::chrono::steady_clock::time_point;

  void answered(Time now);
  // As many as were answered in the last naming_span, at least one.
  [[nodiscard]] std::size_t at_once(Time now);

 private:
  std::deque<Time> answers_;  // the last max_named_at_once at most
};

}  // namespace serialmail
