// A chat script played on an open line: the shell around chat::Session, for chat(8) and for whoever has the line himself.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/deadline.h"
#include "base/result.h"
#include "chat/script.h"

namespace chat {

// chat(8)'s exit statuses; 4 and more: abort string number status - 4.
inline constexpr int status_done = 0;
inline constexpr int status_error = 1;      // usage, script, a send not finished in time, a write error
inline constexpr int status_signal = 2;     // a signal, no terminal, the line is gone
inline constexpr int status_timeout = 3;    // an expect string was not seen in time, or read error
inline constexpr int status_abort = 4;

// What a script needs of the line. Octet by octet: what follows the last match belongs to the line's next reader.
class Line {
 public:
  Line() = default;
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;
  virtual ~Line() = default;

  // One octet; an empty optional: the deadline passed. A line that is gone, or a signal (error EINTR): a failure.
  virtual base::Result<std::optional<unsigned char>> read_octet(const base::Deadline& deadline) = 0;
  virtual base::Result<void> write_octet(unsigned char octet, const base::Deadline& deadline) = 0;
  virtual base::Result<void> send_break() = 0;
  // Waits; a signal fails it (error EINTR).
  virtual base::Result<void> pause(const base::Deadline& deadline) = 0;
};

struct Settings {
  std::chrono::milliseconds timeout{45000};  // the first time limit; 0: none
  std::chrono::milliseconds pace{10};        // before each octet that is sent
  bool echo = false;                         // ECHO ON from the start
  bool eight_bit = false;                    // false, as chat(8): bit 8 of what comes in is dropped
  std::optional<std::string> phone;          // \T
  std::optional<std::string> phone2;         // \U
};

// What people hear of it. All texts are complete; none holds what \q or @file hid.
struct Listener {
  std::function<void(std::string_view)> log;     // a step, as chat(8)'s -v has it; empty: not wanted
  std::function<void(std::string_view)> echo;    // received octets as ECHO shows them
  std::function<void(std::string_view)> say;     // SAY
  std::function<void(std::string_view)> report;  // REPORT: from the string to the end of the line
};

struct Ending {
  int status = status_done;
  std::string matched;  // the abort string that struck; empty for the other statuses
  std::string why;      // one line for statuses other than done: "expected 'CONNECT' for 60 s, line 9 of chat/provider"
};

// Plays the script to its end. Never fails: every trouble is an Ending.
Ending converse(const Script& script, const Settings& settings, Line& line, const Listener& listener);

}  // namespace chat
