// A chat script played on an open line: the shell around chat::Session, for chat(8) and for whoever has the line
// himself.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/deadline.h"
#include "base/result.h"
#include "chat/script.h"
#include "chat/settings.h"

namespace chat {

// What a script needs of the line. Octet by octet: what follows the last match belongs to the line's next reader.
class Line {
 public:
  Line() = default;
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;
  virtual ~Line() = default;

  // One octet; an empty optional: the deadline passed. A line that is gone (error EIO), the end of what there is to
  // read (error ENODATA), or a signal (error EINTR): a failure; any other failure is a read error.
  virtual base::Result<std::optional<unsigned char>> read_octet(const base::Deadline& deadline) = 0;
  // A passed deadline: error ETIMEDOUT.
  virtual base::Result<void> write_octet(unsigned char octet, const base::Deadline& deadline) = 0;
  virtual base::Result<void> send_break() = 0;
  // Waits; a signal fails it (error EINTR).
  virtual base::Result<void> pause(const base::Deadline& deadline) = 0;
};

// What people hear of it. All texts are complete; none holds what \q or @file hid. Each may be empty: not wanted.
struct Listener {
  std::function<void(std::string_view)> log;     // a step, as chat(8)'s -v has it
  std::function<void(std::string_view)> failed;  // "Failed", "Failed (BUSY)": chat(8)'s last words
  std::function<void(std::string_view)> error;   // what the script or a file of its is at fault with
  std::function<void(std::string_view)> echo;    // received octets as ECHO shows them
  std::function<void(std::string_view)> say;     // SAY
  std::function<void(std::string_view)> report;  // REPORT: from the string to the end of the line
  std::function<void(unsigned char)> received;   // what can be shown of it, octet by octet, after bit 8 was dropped
  std::function<void()> interrupted;             // by a signal, before anything else comes of that
  std::function<void(bool)> hangup;              // HANGUP: whether SIGHUP ends the conversation
};

struct Ending {
  int status = status_done;
  std::string matched;  // the abort string that struck; empty for the other statuses
  std::string why;      // one line for statuses other than done: "expected 'CONNECT' for 60 s, line 9 of chat/provider"
};

// Plays the script to its end. Never fails: every trouble is an Ending. A failure of the line with error EINTR is
// status_signal, and so is a line that is gone.
Ending converse(const Script& script, const Settings& settings, Line& line, const Listener& listener);

}  // namespace chat
