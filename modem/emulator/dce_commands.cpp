// The command state of the DCE: reading a line, doing its commands, saying what became of them.
#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/bug.h"
#include "conf/text.h"
#include "modem/emulator/dce.h"
#include "modem/emulator/mobile_error.h"

namespace emulator {
namespace {

struct ExtendedTest {
  std::string_view name;
  std::string_view answer;
};
constexpr std::array extended_tests{
    ExtendedTest{"+IPR", "+IPR: (0,300,1200,2400,4800,9600,19200,38400,57600,115200),()"},
    ExtendedTest{"+ICF", "+ICF: (3),(0-3)"},
    ExtendedTest{"+IFC", "+IFC: (0-2),(0-2)"},
    ExtendedTest{"+DS", "+DS: (0,3),(0)"},
    ExtendedTest{"+ES", "+ES: (0-3),(0,2),(0-2)"},
    ExtendedTest{"+MS", "+MS: (V34),(0,1),(300-33600),(300-33600)"}};

constexpr std::string_view maker = "Offhook";
constexpr std::string_view serial_number = "000000000000000";
constexpr std::size_t noise_bytes = 24;
// What is typed while a command takes its time; the rest is lost.
constexpr std::size_t max_backlog = 2 * (max_command_bytes + 3);

// "0,1,2.0" has 2.0.
bool has_word(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    if (list.substr(0, comma) == word) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

}  // namespace

const std::array<Dce::Basic, 16> Dce::basic_commands{{{"D", 0, &Dce::dial},
                                                      {"A", 0, &Dce::answer},
                                                      {"H", 1, &Dce::hook},
                                                      {"O", 1, &Dce::go_online},
                                                      {"Z", 1, &Dce::reset},
                                                      {"I", 11, &Dce::identify},
                                                      {"T", 0, &Dce::tone_or_pulse},
                                                      {"P", 0, &Dce::tone_or_pulse},
                                                      {"&V", 1, &Dce::show},
                                                      {"&F", 1, &Dce::factory},
                                                      {"&W", 1, &Dce::store},
                                                      {"&Y", 1, &Dce::choose_profile},
                                                      {"&Z", 3, &Dce::store_number},
                                                      {"&T", 8, &Dce::test},
                                                      {"#UD", 0, &Dce::last_call_status},
                                                      {"+GCAP", 0, &Dce::capabilities}}};

void Dce::command_octet(Time now, char c) {
  if (has(Fault::mute)) return;
  if (has(Fault::echo)) {
    actions_.emplace_back(ToDte{std::string(1, c)});
    return;
  }
  // Seven bits and parity are read as well as eight (V.250 §5.1).
  c = static_cast<char>(c & 0x7f);
  if (profile_.at("E") == 1) actions_.emplace_back(ToDte{std::string(1, c)});
  if (!waits_until_) return line_octet(now, c);
  if (backlog_.size() < max_backlog) backlog_ += c;
}

// What does not begin with AT is no command; both letters are of one case (V.250 §5.2.1).
void Dce::line_octet(Time now, char c) {
  if (line_.empty()) {
    if (c == 'A' || c == 'a') line_ = std::string(1, c);
    return;
  }
  if (line_.size() == 1) {
    if (c == '/') {
      line_.clear();
      if (!last_line_.empty()) line_complete(now, last_line_);
    } else if (c == (line_[0] == 'A' ? 'T' : 't')) {
      line_ += c;
      line_too_long_ = false;
    } else if (c != line_[0]) {
      line_.clear();
    }
    return;
  }
  if (c == profile_.character(reg::carriage_return)) return line_complete(now, std::exchange(line_, {}));
  if (c == profile_.character(reg::backspace)) {
    if (line_.size() > 2) line_.pop_back();
  } else if (static_cast<unsigned char>(c) < ' ') {
    // Control characters in a line are ignored (V.250 §5.2.2).
  } else if (line_.size() >= options_.line_bytes + 2) {
    line_too_long_ = true;
  } else {
    line_ += c;
  }
}

void Dce::line_complete(Time now, std::string line) {
  last_line_ = std::move(line);
  actions_.emplace_back(Note{"command", last_line_});
  ++commands_;
  CommandLine parsed;
  if (std::exchange(line_too_long_, false)) {
    parsed.complete = false;
  } else {
    parsed = parse_command_line(std::string_view(last_line_).substr(2));
  }
  todo_.assign(std::make_move_iterator(parsed.commands.begin()), std::make_move_iterator(parsed.commands.end()));
  complete_ = parsed.complete;
  if (!has(Fault::late)) return carry_on(now);
  waits_until_ = now + faults_.lateness();
}

void Dce::carry_on(Time now) {
  while (!todo_.empty()) {
    const Command command = std::move(todo_.front());
    todo_.pop_front();
    switch (execute(now, command)) {
      case Step::next:
        break;
      case Step::ended:
        todo_.clear();
        return command_done(now);
      case Step::waits:
        return;
    }
  }
  reply(complete_ ? Result::ok : Result::error);
  command_done(now);
}

void Dce::command_done(Time now) { begin_faults(now, Moment::commands, commands_); }

// The answer that took its time, or the line whose turn is late.
void Dce::waited(Time now) {
  waits_until_.reset();
  bool goes_on = true;
  if (const auto response = std::exchange(waiting_response_, std::nullopt)) {
    goes_on = finish_response(now, *response) == Step::next;
  }
  if (goes_on) {
    carry_on(now);
  } else {
    todo_.clear();
    command_done(now);
  }
  // Echoed already.
  std::string typed = std::exchange(backlog_, {});
  while (!typed.empty() && in_command_state() && !waits_until_) {
    line_octet(now, typed.front());
    typed.erase(0, 1);
  }
  if (waits_until_) backlog_ = typed;
}

Dce::Step Dce::execute(Time now, const Command& command) {
  if (command.name == "S") return execute_register(command);
  const auto* found = std::find_if(basic_commands.begin(), basic_commands.end(),
                                   [&](const Basic& one) { return one.name == command.name; });
  if (found != basic_commands.end() && (command.form == Form::action || command.name == "&Z")) {
    return command.number > found->greatest ? fail() : (this->*found->act)(now, command);
  }
  if (command.name[0] == '+' || command.name[0] == '#') return execute_extended(now, command);
  return profile_.set(command.name, command.number) ? Step::next : fail();
}

Dce::Step Dce::execute_register(const Command& command) {
  if (!is_register(command.number)) return fail();
  auto& value = profile_.s[static_cast<std::size_t>(command.number)];
  if (command.form == Form::read) {
    information(padded(value, 3));
    return Step::next;
  }
  const auto wanted = conf::decimal(command.value);
  if (!wanted || *wanted > 255) return fail();
  value = static_cast<std::uint8_t>(*wanted);
  return Step::next;
}

Dce::Step Dce::execute_extended(Time now, const Command& command) {
  if (mobile_) {
    if (auto response = mobile_->execute(now, command)) return execute_mobile(now, *response);
  }
  const std::string& name = command.name;
  if (command.form == Form::action || (command.form == Form::test && name.starts_with("+G")))
    return name_itself(command);
  const auto* test = std::find_if(extended_tests.begin(), extended_tests.end(),
                                  [&](const ExtendedTest& one) { return one.name == name; });
  const bool classes = name == "+FCLASS";
  if (test == extended_tests.end() && !classes) return fail();
  if (command.form == Form::set) return set_extended(command);
  if (command.form == Form::test) {
    information(classes ? options_.classes : std::string(test->answer));
    return Step::next;
  }
  const auto value = profile_.extended(name);
  if (!value) return fail();
  information(classes ? *value : name + ": " + *value);
  return Step::next;
}

Dce::Step Dce::set_extended(const Command& command) {
  const std::string& value = command.value;
  const bool readable = !value.empty() && std::all_of(value.begin(), value.end(), [](char c) {
    return (c >= '0' && c <= '9') || c == ',' || c == '.' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  });
  if (!readable || (command.name == "+FCLASS" && !has_word(options_.classes, value))) return fail();
  if (command.name == "+IPR" && value.find_first_not_of("0123456789") != std::string::npos) return fail();
  profile_.set_extended(command.name, value);
  return Step::next;
}

Dce::Step Dce::execute_mobile(Time now, const Response& response) {
  if (response.takes == Time::zero()) return finish_response(now, response);
  waits_until_ = now + response.takes;
  waiting_response_ = response;
  return Step::waits;
}

Dce::Step Dce::finish_response(Time now, const Response& response) {
  for (const std::string& line : response.lines) information(line);
  if (response.error) return fail_mobile(*response.error);
  switch (response.then) {
    case Response::Then::nothing:
      return Step::next;
    case Response::Then::hang_up:
      hang_up("hang-up");
      return Step::next;
    case Response::Then::restart:
      reply(Result::ok);
      vanish(now, mobile_->restart_takes());
      return Step::ended;
  }
  base::bug("Dce: bad response");
}

// +GMI, of cellular modems +CGMI too, and their kin.
Dce::Step Dce::name_itself(const Command& command) {
  const std::array<std::pair<std::string_view, std::string_view>, 4> texts{
      {{"GMI", maker}, {"GMM", "Emulated modem"}, {"GMR", options_.version}, {"GSN", serial_number}}};
  std::string_view name = std::string_view(command.name).substr(1);
  if (mobile_ && name.starts_with('C')) name.remove_prefix(1);
  for (const auto& [known, text] : texts) {
    if (known != name) continue;
    if (command.form == Form::action) information(std::string(text));
    return Step::next;
  }
  return fail();
}

Dce::Step Dce::capabilities(Time, const Command&) {
  information(mobile_ ? "+GCAP: +CGSM, +FCLASS, +DS, +ES" : "+GCAP: +FCLASS, +MS, +ES, +DS");
  return Step::next;
}

Dce::Step Dce::identify(Time now, const Command& command) {
  switch (command.number) {
    case 0:
      information("33600");
      return Step::next;
    case 1:
      information("255");
      return Step::next;
    case 2:  // the sum of the ROM is right
      return Step::next;
    case 3:
      information("Offhook emulated modem " + options_.version);
      return Step::next;
    case 4:
      return show(now, Command{});
    case 6:
    case 11:
      information(last_call());
      return Step::next;
    case 10:
      return fail();
    default:
      information(std::string(maker));
      return Step::next;
  }
}

Dce::Step Dce::last_call_status(Time, const Command&) {
  if (ended_.empty()) return fail();
  information(last_call());
  return Step::next;
}

std::string Dce::last_call() const { return "Last call: " + (ended_.empty() ? "none" : ended_); }

// &V1, as others have it: the last call.
Dce::Step Dce::show(Time, const Command& command) {
  if (command.number == 1) {
    information(last_call());
    return Step::next;
  }
  const std::string end = line_end();
  std::string text = "ACTIVE PROFILE" + end + profile_.show(end);
  for (std::size_t i = 0; i < stored_.size(); ++i) {
    text += end + end + "STORED PROFILE " + std::to_string(i) + end + stored_[i].show(end);
  }
  text += end + end + "STORED NUMBERS";
  for (std::size_t i = 0; i < stored_numbers_.size(); ++i) text += ' ' + std::to_string(i) + ":" + stored_numbers_[i];
  information(text);
  return Step::next;
}

Dce::Step Dce::factory(Time, const Command&) {
  profile_ = Profile::factory();
  return Step::next;
}

Dce::Step Dce::store(Time, const Command& command) {
  Profile& stored = stored_[static_cast<std::size_t>(command.number)];
  stored = profile_;
  stored.s[reg::rings] = 0;
  return Step::next;
}

Dce::Step Dce::choose_profile(Time, const Command& command) {
  power_up_profile_ = static_cast<std::size_t>(command.number);
  profile_.set("&Y", command.number);
  return Step::next;
}

Dce::Step Dce::store_number(Time, const Command& command) {
  const auto parsed = parse_dial_string(command.value, false);
  if (command.form != Form::set || !parsed || parsed->digits.size() > max_number_bytes) return fail();
  stored_numbers_[static_cast<std::size_t>(command.number)] = parsed->digits;
  return Step::next;
}

Dce::Step Dce::tone_or_pulse(Time, const Command& command) {
  profile_.pulse = command.name == "P";
  return Step::next;
}

// The rest of the line is lost with the settings (V.250 §6.1.1).
Dce::Step Dce::reset(Time, const Command& command) {
  hang_up("hang-up");
  profile_ = stored_[static_cast<std::size_t>(command.number)];
  reply(Result::ok);
  return Step::ended;
}

Dce::Step Dce::fail() {
  reply(Result::error);
  return Step::ended;
}

Dce::Step Dce::fail_mobile(int number) {
  const std::string text = mobile_->error_text(number);
  if (text.empty()) return fail();
  say(text, text);
  return Step::ended;
}

void Dce::reply_connect() {
  for (const Code& code : connect_codes(profile_, connection_, options_.connect)) result_code(code);
}

void Dce::result_code(const Code& code) { say(code.text, std::to_string(code.number)); }

void Dce::say(const std::string& verbose, const std::string& numeric) {
  actions_.emplace_back(Note{"result", verbose});
  if (has(Fault::mute) || has(Fault::echo)) return;
  if (has(Fault::garbage)) {
    std::string noise(noise_bytes, '\0');
    for (char& c : noise) c = static_cast<char>(noise_.below(256));
    actions_.emplace_back(ToDte{noise});
    return;
  }
  const int quiet = profile_.at("Q");
  if (quiet == 1 || (quiet == 2 && answers())) return;
  const std::string end = line_end();
  const char cr = profile_.character(reg::carriage_return);
  actions_.emplace_back(ToDte{profile_.at("V") == 1 ? end + verbose + end : numeric + cr});
}

// V.250 §5.7.1
void Dce::information(const std::string& text) {
  if (has(Fault::garbage) || has(Fault::mute) || has(Fault::echo)) return;
  const std::string end = line_end();
  actions_.emplace_back(ToDte{(profile_.at("V") == 1 ? end : std::string()) + text + end});
}

std::string Dce::line_end() const {
  return {profile_.character(reg::carriage_return), profile_.character(reg::line_feed)};
}

}  // namespace emulator
