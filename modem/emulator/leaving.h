// A pty that has been hung up as far as its modem is concerned: it is closed once its holder has read what had come
// before, or after a short while.
#pragma once

#include <chrono>
#include <string>

#include "modem/emulator/pty.h"

namespace emulator {

class Leaving {
 public:
  // pending: octets for the holder that the pty has not taken yet.
  Leaving(Pty pty, std::string pending);

  // Carries on; true: it can be closed.
  bool has_left();

 private:
  Pty pty_;
  base::Fd slave_;  // ours, to see what is unread; none where the holder has it exclusively
  std::string pending_;
  std::chrono::steady_clock::time_point until_;
};

}  // namespace emulator
