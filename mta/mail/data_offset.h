// Where in a text, whose lines end in CR LF, LF or a lone CR, the mail data that DataEncoder makes of it (without dots)
// have reached a number of octets, so that they can be gone on with from there (RFC 1845).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace mail {

class DataOffset {
 public:
  explicit DataOffset(std::uint64_t octets) : left_(octets) {}

  // How many characters of the text's next piece lie before the place; all of them, until found().
  base::Result<std::size_t> feed(std::string_view text);
  // The text has ended: 0, or a failure when the place was not reached.
  base::Result<std::size_t> end();
  [[nodiscard]] bool found() const { return found_; }

 private:
  std::uint64_t left_;
  bool line_start_ = true;
  bool after_cr_ = false;  // an LF that follows belongs to what was counted
  bool found_ = false;
};

}  // namespace mail
