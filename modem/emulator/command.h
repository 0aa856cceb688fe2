// A command line of the DTE taken apart (V.250 §5.2 to §5.4): basic commands, S-registers, extended commands.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace emulator {

// Of one line without its AT; a longer one is answered with ERROR.
inline constexpr std::size_t max_command_bytes = 255;

enum class Form { action, set, read, test };  // ATE1 and AT+X are actions; S0=1, S0? and +X=?

struct Command {
  Form form = Form::action;
  std::string name;   // upper case: "E", "&C", "\\N", "S", "+FCLASS", "#UD", "D"
  int number = 0;     // of a basic command or register
  std::string value;  // of a set, as of &Z; of D the dial string
};

struct CommandLine {
  std::vector<Command> commands;
  bool complete = true;  // false: what follows the last one is no command, ERROR once they are done
};

// The text after AT. Blanks between commands mean nothing.
CommandLine parse_command_line(std::string_view text);

// Of a number with all that was dialled before it by semicolons; a longer one is answered with ERROR.
inline constexpr std::size_t max_number_bytes = 128;

// The words of a dial string (V.250 §6.3.1).
struct DialString {
  std::string digits;  // to be dialled: 0-9 * # A-D
  int tones = 0;       // digits dialled by tone
  int pulses = 0;      // … and by pulse: the sum of what they count
  int pulse_digits = 0;
  int commas = 0;
  int flashes = 0;
  bool wait_for_tone = false;    // W
  bool quiet_answer = false;     // @
  bool last = false;             // L: the last number again
  std::optional<int> stored;     // S=n: what &Zn keeps
  bool stay_in_command = false;  // ; at the end
};

// Empty: not a dial string.
std::optional<DialString> parse_dial_string(std::string_view text, bool pulse);

}  // namespace emulator
