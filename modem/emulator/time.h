// The emulated clock: time since the emulator's start. The shell makes it from the steady clock and the time scale; the
// cores know no other.
#pragma once

#include <chrono>

namespace emulator {

using Time = std::chrono::nanoseconds;

}  // namespace emulator
