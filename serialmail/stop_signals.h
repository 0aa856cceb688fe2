// The order to stop, beside everything else that is polled.
#pragma once

#include "base/fd.h"
#include "base/result.h"

namespace serialmail {

// SIGTERM, SIGINT and SIGHUP as something that can be polled.
class StopSignals {
 public:
  static base::Result<StopSignals> watch();

  [[nodiscard]] const base::Fd& fd() const { return fd_; }
  // Reads what has come; the number of signals so far.
  int count();

 private:
  explicit StopSignals(base::Fd fd) : fd_(std::move(fd)) {}
  base::Fd fd_;
  int count_ = 0;
};

}  // namespace serialmail
