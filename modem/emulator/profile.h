// What a DCE can be set to: the settings of its commands and its S-registers, with the factory's values.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "modem/emulator/time.h"

namespace emulator {

// The registers that are named here, and a few that are only kept.
namespace reg {
inline constexpr int rings_to_answer = 0, rings = 1, escape = 2, carriage_return = 3, line_feed = 4, backspace = 5,
                     blind_wait = 6, carrier_wait = 7, comma = 8, carrier_loss = 10, tone_length = 11, guard = 12,
                     test_time = 18, dtr_loss = 25, idle_limit = 30, line_speed = 37, last_failure = 86,
                     extended_results = 95;
}

// What a call may become.
struct Limits {
  bool correction_required = false;  // rather no call than one without error correction
  std::uint64_t least = 0;           // bit/s of the line
  std::uint64_t greatest = UINT64_MAX;
};

class Profile {
 public:
  static Profile factory();

  std::array<std::uint8_t, 256> s{};
  bool pulse = false;  // P, T

  // Of a basic command that sets something: "X", "&D". Asked only for what the table has.
  [[nodiscard]] int at(std::string_view name) const;
  // False: no such command, or it takes no such number.
  bool set(std::string_view name, int number);
  // The same of an extended command: "+IPR" "115200". Empty: there is no such one, or nothing was set.
  [[nodiscard]] std::optional<std::string> extended(std::string_view name) const;
  void set_extended(const std::string& name, const std::string& value);

  [[nodiscard]] Time seconds(int number) const;
  [[nodiscard]] Time guard_time() const;
  [[nodiscard]] std::optional<char> escape_character() const;  // above 127: none
  [[nodiscard]] char character(int number) const;
  [[nodiscard]] std::uint64_t dte_speed() const;
  [[nodiscard]] bool error_correction() const;  // is tried
  [[nodiscard]] Limits limits() const;          // \N, S37, +MS

  // The text of AT&V; lines parted by line_end.
  [[nodiscard]] std::string show(const std::string& line_end) const;

 private:
  std::map<std::string, int, std::less<>> basic_;
  std::map<std::string, std::string, std::less<>> extended_;
};

bool is_register(int number);

// "007": a number as the information text of registers has it.
std::string padded(int number, std::size_t digits);

}  // namespace emulator
