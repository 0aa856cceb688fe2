// The terminal of the person at `term`: raw while this object lives, and as it was afterwards whatever ends the process
// but SIGKILL.
#pragma once

#include "base/fd.h"
#include "base/result.h"

namespace modem {

class LocalTerminal {
 public:
  // Standard input and output must be a terminal. Opened anew, so that it can be read and written without blocking
  // whoever else has it.
  static base::Result<LocalTerminal> take();
  LocalTerminal(LocalTerminal&&) noexcept = default;
  LocalTerminal& operator=(LocalTerminal&&) noexcept = delete;
  LocalTerminal(const LocalTerminal&) = delete;
  LocalTerminal& operator=(const LocalTerminal&) = delete;
  ~LocalTerminal();

  [[nodiscard]] const base::Fd& fd() const { return fd_; }

 private:
  explicit LocalTerminal(base::Fd fd) : fd_(std::move(fd)) {}
  base::Fd fd_;
};

}  // namespace modem
