#include "modem/emulator/profile.h"

#include <algorithm>

#include "base/bug.h"
#include "conf/text.h"

namespace emulator {
namespace {

struct Register {
  int number;
  std::uint8_t value;
};

// Of the Hayes line and its heirs. S25 is 0, so that DTR is never off for too short a time to count.
constexpr std::array registers{
    Register{0, 0},   Register{1, 0},    Register{2, 43}, Register{3, 13},   Register{4, 10},  Register{5, 8},
    Register{6, 2},   Register{7, 50},   Register{8, 2},  Register{9, 6},    Register{10, 14}, Register{11, 95},
    Register{12, 50}, Register{18, 0},   Register{25, 0}, Register{30, 0},   Register{36, 7},  Register{37, 0},
    Register{38, 20}, Register{46, 138}, Register{48, 7}, Register{82, 128}, Register{86, 0},  Register{95, 0}};

struct Setting {
  std::string_view name;
  int greatest;
  int factory;
};
// Which of them have an effect is told by who asks for them.
constexpr std::array settings{
    Setting{"E", 1, 1},   Setting{"Q", 2, 0},   Setting{"V", 1, 1},   Setting{"X", 4, 4},   Setting{"&C", 1, 1},
    Setting{"&D", 3, 2},  Setting{"&S", 1, 0},  Setting{"B", 16, 0},  Setting{"C", 1, 1},   Setting{"F", 10, 0},
    Setting{"L", 3, 1},   Setting{"M", 3, 1},   Setting{"N", 1, 1},   Setting{"W", 2, 2},   Setting{"Y", 1, 0},
    Setting{"&A", 3, 1},  Setting{"&B", 1, 1},  Setting{"&G", 2, 0},  Setting{"&H", 3, 1},  Setting{"&I", 5, 0},
    Setting{"&K", 6, 3},  Setting{"&L", 1, 0},  Setting{"&M", 5, 0},  Setting{"&P", 3, 0},  Setting{"&Q", 6, 5},
    Setting{"&R", 2, 1},  Setting{"&Y", 1, 0},  Setting{"%C", 3, 3},  Setting{"%E", 3, 2},  Setting{"%L", 15, 0},
    Setting{"\\G", 1, 0}, Setting{"\\J", 1, 0}, Setting{"\\N", 7, 3}, Setting{"\\Q", 3, 3}, Setting{"\\V", 9, 1}};

// Rockwell's S37, by its value; 0: as fast as the line.
constexpr std::array<std::uint64_t, 13> speeds{0, 300, 300, 300, 0, 1200, 2400, 1200, 4800, 9600, 12000, 14400, 7200};

constexpr std::uint64_t usual_dte_speed = 115200;

// "V34,1,300,33600": the field with that index, 0 where there is none.
std::uint64_t field_of(std::string_view text, int index) {
  for (; index > 0; --index) {
    const auto comma = text.find(',');
    if (comma == std::string_view::npos) return 0;
    text.remove_prefix(comma + 1);
  }
  return conf::decimal(text.substr(0, text.find(','))).value_or(0);
}

}  // namespace

Profile Profile::factory() {
  Profile profile;
  for (const Register& one : registers) profile.s[static_cast<std::size_t>(one.number)] = one.value;
  for (const Setting& one : settings) profile.basic_.emplace(one.name, one.factory);
  profile.extended_ = {{"+FCLASS", "0"}, {"+IPR", "0"}, {"+ICF", "3,3"}, {"+IFC", "2,2"}};
  return profile;
}

int Profile::at(std::string_view name) const {
  const auto found = basic_.find(name);
  if (found == basic_.end()) base::bug("Profile: no such setting");
  return found->second;
}

bool Profile::set(std::string_view name, int number) {
  const auto* found =
      std::find_if(settings.begin(), settings.end(), [&](const Setting& one) { return one.name == name; });
  if (found == settings.end() || number > found->greatest) return false;
  basic_.find(name)->second = number;
  // The other word for \N: 4 tries, 5 insists. Of the smaller ones makers think differently.
  if (name == "&M" && number >= 4) set("\\N", number == 4 ? 3 : 2);
  return true;
}

std::optional<std::string> Profile::extended(std::string_view name) const {
  const auto found = extended_.find(name);
  if (found == extended_.end()) return std::nullopt;
  return found->second;
}

void Profile::set_extended(const std::string& name, const std::string& value) {
  extended_[name] = value;
  // V.250 §6.5.1: 0 and 1 ask for none; what may be fallen back to comes second, and 2 on is: to nothing.
  if (name == "+ES") set("\\N", field_of(value, 0) < 2 ? 0 : field_of(value, 1) >= 2 ? 2 : 3);
  if (name == "+DS") set("%C", field_of(value, 0) == 0 ? 0 : 3);
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

std::uint64_t Profile::dte_speed() const {
  const auto fixed = extended("+IPR");
  const std::uint64_t speed = fixed ? field_of(*fixed, 0) : 0;
  return speed == 0 ? usual_dte_speed : speed;
}

bool Profile::error_correction() const { return at("\\N") > 1; }

Limits Profile::limits() const {
  const int mode = at("\\N");
  Limits limits;
  limits.correction_required = mode == 2 || mode == 4 || mode == 5;
  const std::size_t speed = s[reg::line_speed];
  if (speed < speeds.size() && speeds[speed] != 0) limits.greatest = speeds[speed];
  if (const auto modulation = extended("+MS")) {
    limits.least = field_of(*modulation, 2);
    if (const std::uint64_t most = field_of(*modulation, 3); most != 0) {
      limits.greatest = std::min(limits.greatest, most);
    }
  }
  return limits;
}

std::string Profile::show(const std::string& line_end) const {
  std::string text;
  for (const Setting& one : settings) text += std::string(one.name) + std::to_string(at(one.name)) + ' ';
  text += pulse ? "P" : "T";
  for (const auto& [name, value] : extended_) text += line_end + name + ": " + value;
  text += line_end;
  for (std::size_t i = 0; i < registers.size(); ++i) {
    if (i > 0) text += i % 8 == 0 ? line_end : " ";
    const int number = registers[i].number;
    text += 'S' + padded(number, 2) + ':' + padded(s[static_cast<std::size_t>(number)], 3);
  }
  return text;
}

}  // namespace emulator
