#include "modem/emulator/escape.h"

namespace emulator {
namespace {

constexpr int escape_length = 3;

}  // namespace

void EscapeDetector::reset(Time now) {
  last_ = now;
  seen_ = 0;
}

void EscapeDetector::octets(Time now, std::string_view bytes, std::optional<char> escape, Time guard) {
  for (const char c : bytes) octet(now, c, escape, guard);
}

void EscapeDetector::octet(Time now, char c, std::optional<char> escape, Time guard) {
  const bool silence = now - last_ >= guard;
  last_ = now;
  guard_ = guard;
  if (!escape || c != *escape) {
    seen_ = 0;
  } else if (silence) {
    seen_ = 1;
  } else if (seen_ > 0) {
    seen_ = seen_ < escape_length ? seen_ + 1 : 0;
  }
}

void EscapeDetector::stalled(Time now) { last_ = now; }

std::optional<Time> EscapeDetector::due() const {
  if (seen_ != escape_length) return std::nullopt;
  return last_ + guard_;
}

}  // namespace emulator
