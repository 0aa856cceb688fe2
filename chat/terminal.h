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
// not read is for the next program on the line. Reads do not wait meanwhile, so that an octet costs one call and no
// read can outlast the time limit, whoever else takes octets from the line.
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
  TerminalModes(const termios& before, int flags) : before_(before), flags_(flags) {}
  termios before_;
  int flags_;  // of the open file
  bool changed_ = true;
};

// Reads descriptor 0 and writes descriptor 1.
class StandardLine final : public Line {
 public:
  // Once the modes are set.
  explicit StandardLine(base::StopSignals& stop);

  base::Result<std::optional<unsigned char>> read_octet(const base::Deadline& deadline) override;
  base::Result<void> write_octet(unsigned char octet, const base::Deadline& deadline) override;
  base::Result<void> send_break() override;
  base::Result<void> pause(const base::Deadline& deadline) override;

 private:
  base::Result<void> look_for_signals();

  base::StopSignals& stop_;
  bool output_waits_;  // standard output is another open file than standard input
  unsigned octets_ = 0;
};

}  // namespace chat
