// The escape from the online data state (V.250 leaves it to the maker): silence, three escape characters, silence; and
// the one of TIES, which takes three escape characters and a command line without any silence.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
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

class TiesDetector {
 public:
  void reset() { seen_.clear(); }
  // "+++AT…" and the carriage return: how many of the octets there are up to and with it. npos: not yet.
  std::size_t octets(std::string_view bytes, std::optional<char> escape, char carriage_return);
  // "AT…" of the escape that has just ended.
  [[nodiscard]] std::string line() const;

 private:
  bool octet(char c, char escape, char carriage_return);
  std::string seen_;
};

}  // namespace emulator
