// How a conversation looks to people: control characters made visible, received text line by line.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace chat {

bool control(char c);

// The log's form: ^M, M- before what has bit 8, ^? for DEL, a TAB as itself.
std::string visible(std::string_view text);

inline constexpr std::size_t max_log_line_octets = 80;

// Received text for the log: LF ends a line, a long one is cut.
class ReceivedText {
 public:
  // A line that the octet ended.
  std::optional<std::string> feed(char c);
  // What is there of the last line, or nothing.
  std::string take();

 private:
  std::string text_;
};

// Received text as ECHO shows it: CR dropped, LF as it is, other control characters visible.
class EchoText {
 public:
  std::string feed(char c);
  // The LF that the last line lacks.
  std::string finish();

 private:
  bool open_ = false;  // the last line has text and no LF yet
};

}  // namespace chat
