// The emulated clock: time since the emulator's start. The shell makes it from the steady clock and the time scale; the
// cores know no other.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

namespace emulator {

using Time = std::chrono::nanoseconds;

inline std::optional<Time> sooner(std::optional<Time> a, std::optional<Time> b) {
  if (!a) return b;
  if (!b) return a;
  return std::min(*a, *b);
}

}  // namespace emulator
