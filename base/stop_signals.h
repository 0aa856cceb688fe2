// The order to stop, beside everything else that is polled.
#pragma once

#include "base/deadline.h"
#include "base/fd.h"
#include "base/io.h"
#include "base/result.h"

namespace base {

// SIGTERM, SIGINT and SIGHUP as something that can be polled; they are blocked from watch() on, and children start with
// none blocked.
class StopSignals {
 public:
  static Result<StopSignals> watch();

  [[nodiscard]] const Fd& fd() const { return fd_; }
  // Reads what has come; the number of signals so far.
  int count();
  // As if a SIGTERM had come: for who finds out by himself that it is time to end.
  void order();
  // The first that came, 0 before: for the text of why something ended.
  [[nodiscard]] int first() const { return first_; }

 private:
  explicit StopSignals(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
  int count_ = 0;
  int first_ = 0;
};

// As wait_ready(), and a signal ends the wait as well: a temporary failure with error EINTR, "stopped by SIGTERM". No
// signals (nullptr): it cannot be stopped, for what must be finished, as a hang-up.
Result<bool> wait_ready(const Fd& fd, Interest interest, const Deadline& deadline, StopSignals* stop);

// Waits until the deadline has passed; a signal fails it as above.
Result<void> pause(const Deadline& deadline, StopSignals* stop);

}  // namespace base
