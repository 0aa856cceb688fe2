// The escape sequence of the online data state: silence, three escape characters, silence (V.250 leaves it to the
// maker; this is the guard time of S12 that nearly all have).
#pragma once

#include <optional>
#include <string_view>

#include "modem/emulator/time.h"

namespace emulator {

class EscapeDetector {
 public:
  // The online data state begins: so does a silence.
  void reset(Time now);
  // No escape character: the escape is switched off.
  void octets(Time now, std::string_view bytes, std::optional<char> escape, Time guard);
  // The DCE does not take octets, so that the DTE's silence is none.
  void stalled(Time now);
  // When the escape is complete if no octet comes until then.
  [[nodiscard]] std::optional<Time> due() const;

 private:
  void octet(Time now, char c, std::optional<char> escape, Time guard);

  Time last_{};  // the last octet
  Time guard_{};
  int seen_ = 0;
};

}  // namespace emulator
