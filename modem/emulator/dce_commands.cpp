// The command state of the DCE: reading a line, doing its commands, saying what became of them.
#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/bug.h"
#include "modem/emulator/dce.h"

namespace emulator {
namespace {

struct Code {
  std::string_view text;
  int number;
};

Code code_of(Result result) {
  switch (result) {
    case Result::ok:
      return {"OK", 0};
    case Result::connect:
      return {"CONNECT", 1};
    case Result::ring:
      return {"RING", 2};
    case Result::no_carrier:
      return {"NO CARRIER", 3};
    case Result::error:
      return {"ERROR", 4};
    case Result::no_dialtone:
      return {"NO DIALTONE", 6};
    case Result::busy:
      return {"BUSY", 7};
    case Result::no_answer:
      return {"NO ANSWER", 8};
  }
  base::bug("Dce: no such result");
}

// The numbers of CONNECT with a speed that most makers share; the others say 1.
int connect_number(std::uint64_t rate) {
  constexpr std::array<std::pair<std::uint64_t, int>, 4> known{{{1200, 5}, {2400, 10}, {4800, 11}, {9600, 12}}};
  for (const auto& [speed, number] : known) {
    if (speed == rate) return number;
  }
  return 1;
}

// Basic commands that are kept and change nothing here, with the greatest number that each takes.
struct Kept {
  std::string_view name;
  int greatest;
};
constexpr std::array kept_commands{Kept{"L", 3},   Kept{"M", 3},   Kept{"N", 1},   Kept{"W", 2},   Kept{"&K", 6},
                                   Kept{"&M", 5},  Kept{"&R", 2},  Kept{"&H", 3},  Kept{"&I", 5},  Kept{"&G", 2},
                                   Kept{"&L", 1},  Kept{"&P", 3},  Kept{"&Q", 6},  Kept{"&Y", 1},  Kept{"&B", 1},
                                   Kept{"&A", 3},  Kept{"\\N", 7}, Kept{"\\Q", 3}, Kept{"\\V", 9}, Kept{"\\G", 1},
                                   Kept{"\\J", 1}, Kept{"%C", 3},  Kept{"%E", 3},  Kept{"%L", 15}};

struct ExtendedTest {
  std::string_view name;
  std::string_view answer;
};
constexpr std::array extended_tests{ExtendedTest{"+FCLASS", "0"},
                                    ExtendedTest{"+IPR", "+IPR: (0,1200,2400,4800,9600,19200,38400,57600,115200),()"},
                                    ExtendedTest{"+ICF", "+ICF: (3),(0-3)"},
                                    ExtendedTest{"+IFC", "+IFC: (0-2),(0-2)"},
                                    ExtendedTest{"+DS", "+DS: (0,3),(0)"},
                                    ExtendedTest{"+ES", "+ES: (0-3),(0,2),(0-2)"},
                                    ExtendedTest{"+MS", "+MS: (V34)"}};

constexpr std::size_t noise_bytes = 24;

}  // namespace

void Dce::command_octet(Time now, char c) {
  switch (options_.fault) {
    case Fault::mute:
      return;
    case Fault::echo:
      actions_.emplace_back(ToDte{std::string(1, c)});
      return;
    case Fault::none:
    case Fault::garbage:
    case Fault::stuck:
      break;
  }
  // Seven bits and parity are read as well as eight (V.250 §5.1).
  c = static_cast<char>(c & 0x7f);
  if (profile_.echo) actions_.emplace_back(ToDte{std::string(1, c)});
  line_octet(now, c);
}

// What does not begin with AT is no command; both letters are of one case (V.250 §5.2.1).
void Dce::line_octet(Time now, char c) {
  if (line_.empty()) {
    if (c == 'A' || c == 'a') line_ = std::string(1, c);
    return;
  }
  if (line_.size() == 1) {
    if (c == '/') {
      line_ = last_line_;
      if (!line_.empty()) return line_complete(now);
    } else if (c == (line_[0] == 'A' ? 'T' : 't')) {
      line_ += c;
      line_too_long_ = false;
    } else if (c != line_[0]) {
      line_.clear();
    }
    return;
  }
  if (c == profile_.character(reg::carriage_return)) return line_complete(now);
  if (c == profile_.character(reg::backspace)) {
    if (line_.size() > 2) line_.pop_back();
  } else if (static_cast<unsigned char>(c) < ' ') {
    // Control characters in a line are ignored (V.250 §5.2.2).
  } else if (line_.size() >= max_command_bytes + 2) {
    line_too_long_ = true;
  } else {
    line_ += c;
  }
}

void Dce::line_complete(Time now) {
  const std::string line = std::exchange(line_, {});
  last_line_ = line;
  actions_.emplace_back(Note{"command", line});
  if (line_too_long_) {
    line_too_long_ = false;
    return reply(Result::error);
  }
  const CommandLine parsed = parse_command_line(std::string_view(line).substr(2));
  for (const Command& command : parsed.commands) {
    if (!execute(now, command)) return;
  }
  reply(parsed.complete ? Result::ok : Result::error);
}

bool Dce::execute(Time now, const Command& command) {
  if (command.name == "S") return execute_register(command);
  if (command.name[0] == '+') return execute_extended(command);
  return execute_basic(now, command);
}

bool Dce::execute_basic(Time now, const Command& command) {
  const int number = command.number;
  if (command.name == "D") return dial(now, command.value);
  if (command.name == "A") return answer(now);
  if (command.name == "H") return hook(now, number);
  if (command.name == "O") return go_online(now, number);
  if (command.name == "Z") return reset(number);
  if (command.name == "I") return identify(number);
  if (command.name == "&V") {
    information(show(profile_, {profile_.character(reg::carriage_return), profile_.character(reg::line_feed)}));
    return true;
  }
  if (command.name == "&F") {
    if (number > 1) return fail();
    profile_ = Profile::factory();
    return true;
  }
  if (command.name == "&W") {
    if (number > 1) return fail();
    stored_ = profile_;
    stored_.s[reg::rings] = 0;
    return true;
  }
  if (command.name == "&T") return number == 0 ? true : fail();
  return execute_setting(command);
}

bool Dce::execute_setting(const Command& command) {
  const int number = command.number;
  const auto flag = [&](bool& setting) {
    if (number > 1) return fail();
    setting = number == 1;
    return true;
  };
  const auto level = [&](int& setting, int greatest) {
    if (number > greatest) return fail();
    setting = number;
    return true;
  };
  if (command.name == "E") return flag(profile_.echo);
  if (command.name == "Q") return flag(profile_.quiet);
  if (command.name == "V") return flag(profile_.verbose);
  if (command.name == "X") return level(profile_.results, 4);
  if (command.name == "&C") return level(profile_.carrier, 1);
  if (command.name == "&D") return level(profile_.dtr, 3);
  if (command.name == "&S") return level(profile_.dsr, 1);
  if (command.name == "T" || command.name == "P") {
    profile_.pulse = command.name == "P";
    return true;
  }
  const auto* found = std::find_if(kept_commands.begin(), kept_commands.end(),
                                   [&](const Kept& kept) { return kept.name == command.name; });
  if (found == kept_commands.end() || number > found->greatest) return fail();
  profile_.kept[command.name] = number;
  if (command.name == "\\N") profile_.error_correction = number > 1;
  return true;
}

bool Dce::execute_register(const Command& command) {
  if (!is_register(command.number)) return fail();
  auto& value = profile_.s[static_cast<std::size_t>(command.number)];
  if (command.form == Form::read) {
    information(padded(value, 3));
    return true;
  }
  const int wanted = std::stoi(command.value);
  if (wanted > 255) return fail();
  value = static_cast<std::uint8_t>(wanted);
  return true;
}

bool Dce::execute_extended(const Command& command) {
  const std::string& name = command.name;
  if (command.form == Form::action) {
    if (name == "+GMI") return information("Offhook"), true;
    if (name == "+GMM") return information("Emulated modem"), true;
    if (name == "+GMR") return information(options_.version), true;
    if (name == "+GCAP") return information("+GCAP: +FCLASS, +MS, +ES, +DS"), true;
    return fail();
  }
  const auto* test = std::find_if(extended_tests.begin(), extended_tests.end(),
                                  [&](const ExtendedTest& one) { return one.name == name; });
  if (test == extended_tests.end()) return fail();
  if (command.form == Form::test) return information(std::string(test->answer)), true;
  if (command.form == Form::set) return set_extended(command);
  const auto value = profile_.extended.find(name);
  if (value == profile_.extended.end()) return fail();
  information(name == "+FCLASS" ? value->second : name + ": " + value->second);
  return true;
}

bool Dce::set_extended(const Command& command) {
  const std::string& value = command.value;
  const bool readable = !value.empty() && std::all_of(value.begin(), value.end(), [](char c) {
    return (c >= '0' && c <= '9') || c == ',' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  });
  if (!readable || (command.name == "+FCLASS" && value != "0")) return fail();
  if (command.name == "+IPR" && value.find_first_not_of("0123456789") != std::string::npos) return fail();
  profile_.extended[command.name] = value;
  return true;
}

bool Dce::identify(int number) {
  switch (number) {
    case 0:
      information("33600");
      return true;
    case 1:
      information("255");
      return true;
    case 2:
      return true;
    case 3:
      information("Offhook emulated modem " + options_.version);
      return true;
    case 4:
      information(show(profile_, {profile_.character(reg::carriage_return), profile_.character(reg::line_feed)}));
      return true;
    case 5:
    case 6:
    case 7:
    case 8:
    case 9:
      information("Offhook");
      return true;
    default:
      return fail();
  }
}

bool Dce::hook(Time now, int number) {
  static_cast<void>(now);
  if (number > 1) return fail();
  if (number == 0) {
    hang_up();
  } else if (state_ == State::idle) {
    state_ = State::off_hook;
    actions_.emplace_back(OffHook{});
  }
  return true;
}

bool Dce::go_online(Time now, int number) {
  if (state_ != State::online_command || number > 1) return fail();
  reply_connect();
  enter_online_data(now);
  return false;
}

// The rest of the line is lost with the settings (V.250 §6.1.1).
bool Dce::reset(int number) {
  if (number > 1) return fail();
  hang_up();
  profile_ = stored_;
  reply(Result::ok);
  return false;
}

bool Dce::fail() {
  reply(Result::error);
  return false;
}

void Dce::reply(Result result) {
  const Code code = code_of(result);
  result_text(code.number, std::string(code.text));
}

void Dce::reply_connect() {
  std::string text = options_.connect;
  const std::string word = "RATE";
  if (const auto at = text.find(word); at != std::string::npos) {
    text.replace(at, word.size(), std::to_string(found_.bits_per_second));
  }
  if (!found_.error_correction) text = text.substr(0, text.find('/'));
  const bool plain = profile_.results == 0 || text.empty();
  result_text(plain ? 1 : connect_number(found_.bits_per_second), plain ? "CONNECT" : "CONNECT " + text);
}

void Dce::result_text(int number, const std::string& text) {
  actions_.emplace_back(Note{"result", text});
  if (options_.fault == Fault::mute || options_.fault == Fault::echo) return;
  if (options_.fault == Fault::garbage) {
    actions_.emplace_back(ToDte{noise(noise_bytes)});
    return;
  }
  if (profile_.quiet) return;
  const char cr = profile_.character(reg::carriage_return);
  const std::string end{cr, profile_.character(reg::line_feed)};
  actions_.emplace_back(ToDte{profile_.verbose ? end + text + end : std::to_string(number) + cr});
}

// V.250 §5.7.1
void Dce::information(const std::string& text) {
  if (options_.fault == Fault::garbage) return;
  const std::string end{profile_.character(reg::carriage_return), profile_.character(reg::line_feed)};
  actions_.emplace_back(ToDte{(profile_.verbose ? end : std::string()) + text + end});
}

std::string Dce::noise(std::size_t count) {
  std::string bytes;
  for (std::size_t i = 0; i < count; ++i) {
    noise_ = noise_ * 1664525U + 1013904223U;
    bytes += static_cast<char>(noise_ >> 24);
  }
  return bytes;
}

}  // namespace emulator
