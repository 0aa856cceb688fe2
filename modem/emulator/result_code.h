// What a DCE says of a command and of a call (V.250 §5.7.1): verbose texts, their numbers, the lines around CONNECT.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "modem/emulator/profile.h"

namespace emulator {

enum class Result { ok, connect, ring, no_carrier, error, no_dialtone, busy, no_answer };

struct Code {
  std::string text;
  int number = 0;
};

Code code_of(Result result);

struct Connection {
  std::uint64_t bits_per_second = 0;
  bool error_correction = false;
};

// CARRIER, PROTOCOL and COMPRESSION where W1 or S95 ask for them, and CONNECT. In the text that follows CONNECT, RATE
// stands for the speed: the line's, or with W0 and W1 the DTE's.
std::vector<Code> connect_codes(const Profile& profile, const Connection& connection, std::string_view text);

}  // namespace emulator
