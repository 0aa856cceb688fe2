#include "serialmail/line_meter.h"

#include <algorithm>

namespace serialmail {

LineReading LineReading::since(const LineReading& earlier) const {
  LineReading reading{up - std::min(earlier.up, up), down - std::min(earlier.down, down), busy, round_trip};
  if (busy) *reading.busy -= std::min(earlier.busy.value_or(LineMeter::Time{0}), *busy);
  return reading;
}

void LineMeter::add(const LineReading& reading) {
  use_.up += reading.up;
  use_.down += reading.down;
  if (!reading.busy) {
    is_busy_known_ = false;
  } else if (*reading.busy > longest_) {
    longest_ = *reading.busy;
    longest_round_trip_ = reading.round_trip;
  }
}

void LineMeter::pass(Time now) {
  const Time passed = now - last_;
  last_ = now;
  use_.time += passed;
  const Time busy = std::min(longest_, passed);
  busy_ += busy;
  stretch_ += busy;
  longest_ = Time{0};
  if (passed - busy <= tick) return;
  // The last octet had left a round trip before its acknowledgement came.
  busy_ -= std::min(stretch_, longest_round_trip_);
  stretch_ = Time{0};
}

LineUse LineMeter::use() const {
  LineUse use = use_;
  if (is_busy_known_) use.idle = std::max(use.time - busy_, Time{0});
  return use;
}

}  // namespace serialmail
