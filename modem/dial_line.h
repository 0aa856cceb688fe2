// The line of a chat script that dials: what the script reads is read here as result lines too. So CONNECT's line is
// known whole, and a result that ends the attempt ends the script, whether or not it names that one for an ABORT
// string.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/stop_signals.h"
#include "chat/conversation.h"
#include "modem/port.h"
#include "modem/result_code.h"

namespace modem {

// The results among the octets of a script's conversation. Pure.
class CallWatch {
 public:
  void sent(unsigned char octet);
  void received(unsigned char octet);

  // Whole lines. Nothing of a call is looked for before a dial command was sent, nor after CONNECT: that is data.
  [[nodiscard]] const std::optional<ResultCode>& connect() const { return connect_; }
  [[nodiscard]] const std::optional<ResultCode>& failure() const { return failure_; }
  // A line of the modem has begun that may be CONNECT's, or CONNECT's line feed is still to come: the next octet is the
  // modem's, not yet the other side's.
  [[nodiscard]] bool in_connect() const;
  [[nodiscard]] bool dialled() const { return dials_ > 0; }
  [[nodiscard]] int dials() const { return dials_; }
  // Anything besides an echo and what a modem says on its own account, since the last command.
  [[nodiscard]] bool heard() const { return heard_; }
  // The line that is being received, and the last whole one that was not empty.
  [[nodiscard]] const std::string& partial() const { return reader_.partial(); }
  [[nodiscard]] const std::string& last_line() const { return last_line_; }

 private:
  ResultReader reader_;
  std::string command_;    // being sent
  std::string last_sent_;  // its echo is no answer
  std::string last_line_;
  int dials_ = 0;
  bool heard_ = false;
  bool corrected_ = false;  // PROTOCOL: LAP-M came before a CONNECT that does not say so
  bool needs_line_feed_ = false;
  std::optional<ResultCode> connect_;
  std::optional<ResultCode> failure_;
};

class DialLine : public chat::Line {
 public:
  DialLine(Port& port, base::StopSignals* stop) : port_(port), stop_(stop) {}

  base::Result<std::optional<unsigned char>> read_octet(const base::Deadline& deadline) override;
  base::Result<void> write_octet(unsigned char octet, const base::Deadline& deadline) override;
  base::Result<void> send_break() override;
  base::Result<void> pause(const base::Deadline& deadline) override;

  // What is left of CONNECT's line, to its LF; at most until the deadline.
  void read_connect(const base::Deadline& deadline);
  // The rest of the line that an ABORT string was found in: NO DIAL has struck, NO DIALTONE came.
  void read_line(const base::Deadline& deadline);
  [[nodiscard]] const CallWatch& watch() const { return watch_; }
  // What the line itself failed with: a signal (EINTR), gone (EIO), no octet taken in time (ETIMEDOUT).
  [[nodiscard]] const std::optional<base::Failure>& fault() const { return fault_; }
  // From the last dial command to the result that ended the attempt.
  [[nodiscard]] std::optional<std::chrono::milliseconds> failed_after() const { return failed_after_; }

 private:
  template <class T>
  base::Result<T> remember(base::Result<T> result);

  Port& port_;
  base::StopSignals* stop_;
  CallWatch watch_;
  std::optional<base::Failure> fault_;
  std::chrono::steady_clock::time_point dialled_at_;
  std::optional<std::chrono::milliseconds> failed_after_;
};

// What a script that did not connect says about the call. after: as trouble_of() has it. Pure.
Trouble trouble_of_script(const chat::Ending& ending, const CallWatch& watch, const std::optional<base::Failure>& fault,
                          std::string_view number, std::optional<std::chrono::milliseconds> after = std::nullopt);

}  // namespace modem
