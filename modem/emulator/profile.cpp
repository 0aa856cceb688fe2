#include "modem/emulator/profile.h"

#include <algorithm>

namespace emulator {
namespace {

struct Register {
  int number;
  std::uint8_t value;
};

// Of the Hayes line and its heirs. S9 and S10 are kept and have no effect here: the emulated carrier comes and goes at
// once.
constexpr std::array registers{
    Register{0, 0},   Register{1, 0},    Register{2, 43}, Register{3, 13},   Register{4, 10},  Register{5, 8},
    Register{6, 2},   Register{7, 50},   Register{8, 2},  Register{9, 6},    Register{10, 14}, Register{11, 95},
    Register{12, 50}, Register{18, 0},   Register{25, 5}, Register{30, 0},   Register{36, 7},  Register{37, 0},
    Register{38, 20}, Register{46, 138}, Register{48, 7}, Register{82, 128}, Register{86, 0},  Register{95, 0}};

}  // namespace

Profile Profile::factory() {
  Profile profile;
  for (const Register& one : registers) profile.s[static_cast<std::size_t>(one.number)] = one.value;
  profile.kept = {{"&K", 3}, {"&M", 0}, {"&Y", 0}, {"L", 1}, {"M", 1}, {"W", 0}, {"\\N", 3}, {"%C", 3}};
  profile.extended = {{"+FCLASS", "0"}, {"+IPR", "0"}, {"+ICF", "3,3"}, {"+IFC", "2,2"}};
  return profile;
}

bool is_register(int number) {
  return std::any_of(registers.begin(), registers.end(),
                     [number](const Register& one) { return one.number == number; });
}

std::string padded(int number, std::size_t digits) {
  const std::string text = std::to_string(number);
  return text.size() < digits ? std::string(digits - text.size(), '0') + text : text;
}

Time Profile::seconds(int number) const { return std::chrono::seconds(s[static_cast<std::size_t>(number)]); }

Time Profile::guard_time() const { return std::chrono::milliseconds(20) * s[reg::guard]; }

std::optional<char> Profile::escape_character() const {
  if (s[reg::escape] > 127) return std::nullopt;
  return static_cast<char>(s[reg::escape]);
}

char Profile::character(int number) const { return static_cast<char>(s[static_cast<std::size_t>(number)]); }

std::string show(const Profile& profile, const std::string& line_end) {
  const auto setting = [](std::string_view name, int value) { return std::string(name) + std::to_string(value) + ' '; };
  std::string text = setting("E", profile.echo ? 1 : 0) + setting("Q", profile.quiet ? 1 : 0) +
                     setting("V", profile.verbose ? 1 : 0) + setting("X", profile.results) +
                     (profile.pulse ? "P " : "T ") + setting("&C", profile.carrier) + setting("&D", profile.dtr) +
                     setting("&S", profile.dsr);
  for (const auto& [name, value] : profile.kept) text += setting(name, value);
  for (const auto& [name, value] : profile.extended) text += line_end + name + ": " + value;
  text += line_end;
  for (std::size_t i = 0; i < registers.size(); ++i) {
    if (i > 0) text += i % 8 == 0 ? line_end : " ";
    const int number = registers[i].number;
    text += 'S' + padded(number, 2) + ':' + padded(profile.s[static_cast<std::size_t>(number)], 3);
  }
  return text;
}

}  // namespace emulator
