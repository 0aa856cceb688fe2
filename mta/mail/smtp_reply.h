// One SMTP reply (RFC 5321 §4.2), read from octets that come in any pieces.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mail {

// RFC 5321 §4.5.3.1.5 says 512; real servers explain themselves at greater length.
inline constexpr std::size_t max_reply_line_bytes = 2000;
inline constexpr std::size_t max_reply_bytes = 65536;

struct Reply {
  int code = 0;
  std::string text;  // every line with its code, without line ends, joined by LF; a peer's bytes: escape before showing
  std::string last_line;  // "250 2.0.0 ok"
  std::string enhanced;   // "2.0.0" from the last line (RFC 2034), or empty

  [[nodiscard]] bool positive() const { return code >= 200 && code < 300; }
  // 250 to 259: the action was taken. Other positive codes answer other questions.
  [[nodiscard]] bool done() const { return code / 10 == 25; }
  [[nodiscard]] bool temporary() const { return code >= 400 && code < 500; }
  [[nodiscard]] bool permanent() const { return code >= 500 && code < 600; }
  [[nodiscard]] bool refusal() const { return temporary() || permanent(); }
  // RFC 5321 §4.2.2, 500 to 504: of the command, and not of the message that came with it.
  [[nodiscard]] bool of_command() const { return code / 10 == 50; }
};

// Strict: codes from 200 to 599, then a space, a hyphen or the line's end; all lines of one reply carry one code. LF
// alone is accepted as a line end. After a failure the session is over.
class ReplyParser {
 public:
  // Takes octets up to the end of the current reply and says how many; takes nothing while complete().
  base::Result<std::size_t> feed(std::string_view octets);

  [[nodiscard]] bool complete() const { return complete_; }
  // Nothing of a next reply has been seen.
  [[nodiscard]] bool at_start() const { return !complete_ && reply_.text.empty() && line_.empty(); }
  Reply take();

 private:
  base::Result<void> end_line();

  Reply reply_;
  std::string line_;
  bool complete_ = false;
};

}  // namespace mail
