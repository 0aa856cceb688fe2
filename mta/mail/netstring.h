// Netstrings: decimal length, ':', the octets, ','. Writing, and reading piece by piece with a bound.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mail {

void append_netstring(std::string& out, std::string_view content);
std::string netstring(std::string_view content);

// Reads one netstring after another from octets that come in any pieces. It never holds more than max_bytes of content,
// and after a failure it must be thrown away: what follows on the wire has no meaning any more.
class NetstringParser {
 public:
  explicit NetstringParser(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  // Takes octets up to the end of the current netstring and says how many it took; takes nothing while complete().
  // Fails permanently on a wrong length (leading zero, no digit), a length beyond the bound and a missing comma.
  base::Result<std::size_t> feed(std::string_view octets);

  [[nodiscard]] bool complete() const { return state_ == State::complete; }
  // Nothing of a next netstring has been seen: the only place where an end of file is in order.
  [[nodiscard]] bool at_start() const { return state_ == State::length && digits_ == 0; }
  // The content of the complete netstring; the parser is ready for the next one.
  std::string take();

 private:
  enum class State { length, content, comma, complete };
  base::Result<void> on_length(char c);

  std::size_t max_bytes_;
  State state_ = State::length;
  std::size_t digits_ = 0;
  std::size_t length_ = 0;
  std::string content_;
};

}  // namespace mail
