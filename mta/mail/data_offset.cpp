#include "mta/mail/data_offset.h"

#include <algorithm>

namespace mail {
namespace {

constexpr std::uint64_t line_end_octets = 2;

base::Failure no_line() { return base::permanent("the server's offset is not at the beginning of a line of ours"); }

}  // namespace

base::Result<std::size_t> DataOffset::feed(std::string_view text) {
  std::size_t taken = 0;
  while (taken < text.size()) {
    const char c = text[taken];
    if (after_cr_ && c == '\n') {
      after_cr_ = false;
      ++taken;
      continue;
    }
    after_cr_ = false;
    if (left_ == 0) {
      if (!line_start_) return no_line();
      found_ = true;
      return taken;
    }
    const bool is_end = c == '\r' || c == '\n';
    if (is_end && left_ < line_end_octets) return no_line();
    left_ -= is_end ? line_end_octets : 1;
    line_start_ = is_end;
    after_cr_ = c == '\r';
    ++taken;
  }
  return taken;
}

base::Result<std::size_t> DataOffset::end() {
  const std::uint64_t missing = line_start_ ? 0 : line_end_octets;  // DataEncoder ends the last line
  if (left_ != missing) return no_line();
  found_ = true;
  return 0;
}

}  // namespace mail
