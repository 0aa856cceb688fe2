// A message's header as a value: its fields in order, folding kept. The body never comes here.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace mail {

// The whole header of one message. Lines beyond RFC 5322 §2.1.1's 998 octets are tolerated within it: real mail has
// them, and who receives such a line must not lose the message for it.
inline constexpr std::size_t max_header_bytes = 256U * 1024;

struct HeaderField {
  std::string name;   // as written
  std::string value;  // what follows the colon up to the last LF, without that LF; folded lines keep their LFs

  [[nodiscard]] bool is(std::string_view other_name) const;  // case ignored
};

using Header = std::vector<HeaderField>;

const HeaderField* find_field(const Header& header, std::string_view name);

// The fields as LF lines, without the blank line that ends a header.
std::string format_header(const Header& header);

// Reads a header from LF text that comes in any pieces. The header ends at a blank line, which it takes, or before the
// first line that is no field, where the body begins without one (qmail-inject does the same). A leading "From " line
// of an mbox becomes the field MBOX-Line.
class HeaderReader {
 public:
  // Takes everything, until the header is complete; then nothing more. Beyond max_header_bytes: permanent failure.
  base::Result<void> feed(std::string_view text);
  // End of file: what has come so far is all.
  void end();

  [[nodiscard]] bool complete() const { return complete_; }
  // Once complete: the fields, and what was fed beyond the header (the beginning of the body).
  Header take_header() { return std::move(header_); }
  std::string take_body() { return std::move(buffer_); }

 private:
  bool on_line(std::string_view line);

  Header header_;
  std::string buffer_;  // what is not yet a whole line; once complete, the body's beginning
  std::size_t taken_ = 0;
  bool complete_ = false;
};

}  // namespace mail
