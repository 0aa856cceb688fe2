// What a DCE can be set to: the settings of its commands and its S-registers, with the factory's values.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "modem/emulator/time.h"

namespace emulator {

// The registers that are named here, and a few that are only kept.
namespace reg {
inline constexpr int rings_to_answer = 0, rings = 1, escape = 2, carriage_return = 3, line_feed = 4, backspace = 5,
                     blind_wait = 6, carrier_wait = 7, comma = 8, tone_length = 11, guard = 12;
}

struct Profile {
  bool echo = true;                             // E
  bool quiet = false;                           // Q
  bool verbose = true;                          // V
  int results = 4;                              // X
  int carrier = 1;                              // &C
  int dtr = 2;                                  // &D
  int dsr = 0;                                  // &S
  bool pulse = false;                           // P, T
  bool error_correction = true;                 // not \N0
  std::map<std::string, int> kept;              // the other basic commands, "&K" 3: they change nothing here
  std::map<std::string, std::string> extended;  // "+IPR" "0"
  std::array<std::uint8_t, 256> s{};

  static Profile factory();

  [[nodiscard]] Time seconds(int number) const;
  [[nodiscard]] Time guard_time() const;
  [[nodiscard]] std::optional<char> escape_character() const;  // above 127: none
  [[nodiscard]] char character(int number) const;
};

bool is_register(int number);

// "007": a number as the information text of registers has it.
std::string padded(int number, std::size_t digits);

// The text of AT&V; lines parted by line_end.
std::string show(const Profile& profile, const std::string& line_end);

}  // namespace emulator
