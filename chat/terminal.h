// The terminal on standard input and output: its modes for the time of a conversation, and the line that it is.
#pragma once

#include <termios.h>

#include "base/result.h"
#include "chat/conversation.h"

namespace base {
class StopSignals;
}

namespace chat {

// Sets the modes of chat(8) at standard input and puts the old ones back at its end. Nothing is ever flushed: what was
// not read is for the next program on the line.
class TerminalModes {
 public:
  // Not a terminal: a failure with error ENOTTY.
  static base::Result<TerminalModes> set();
  TerminalModes(TerminalModes&& other) noexcept;
  TerminalModes& operator=(TerminalModes&&) = delete;
  TerminalModes(const TerminalModes&) = delete;
  TerminalModes& operator=(const TerminalModes&) = delete;
  ~TerminalModes();

  base::Result<void> restore();

 private:
  explicit TerminalModes(const termios& before) : before_(before) {}
  termios before_;
  bool changed_ = true;
};

// Reads descriptor 0 and writes descriptor 1.
class StandardLine final : public Line {
 public:
  explicit StandardLine(base::StopSignals& stop) : stop_(stop) {}

  base::Result<std::optional<unsigned char>> read_octet(const base::Deadline& deadline) override;
  base::Result<void> write_octet(unsigned char octet, const base::Deadline& deadline) override;
  base::Result<void> send_break() override;
  base::Result<void> pause(const base::Deadline& deadline) override;

 private:
  base::StopSignals& stop_;
};

}  // namespace chat
