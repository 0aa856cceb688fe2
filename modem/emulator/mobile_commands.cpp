// The commands of the cellular side, each with its answer.
#include <algorithm>
#include <charconv>

#include "modem/emulator/mobile.h"
#include "modem/emulator/mobile_error.h"

namespace emulator {
namespace {

constexpr Time scan_time = std::chrono::seconds(30);  // networks may take three minutes to answer it
constexpr int no_signal = 99;
constexpr int greatest_context = 16;

Response info(std::string line) { return Response{{std::move(line)}}; }
Response done() { return {}; }
Response fails(int number) { return Response{{}, number}; }

std::string quoted(const std::string& text) { return '"' + text + '"'; }

// What stands between commas, without quotes.
std::vector<std::string> words_of(std::string_view value) {
  std::vector<std::string> words(1);
  bool in_quotes = false;
  for (const char c : value) {
    if (c == '"') {
      in_quotes = !in_quotes;
    } else if (c == ',' && !in_quotes) {
      words.emplace_back();
    } else if (c != ' ' || in_quotes) {
      words.back() += c;
    }
  }
  return words;
}

// From 0 to greatest.
std::optional<int> number_of(const std::string& word, int greatest) {
  int value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc{} || end != word.data() + word.size() || value < 0 || value > greatest) return std::nullopt;
  return value;
}

}  // namespace

using enum Form;

const std::array<Mobile::Entry, Mobile::entries> Mobile::table{{
    {"+CPIN", read, &Mobile::read_pin, Where::both, false},
    {"+CPIN", set, &Mobile::enter_pin, Where::both, false},
    {"+CPIN", test, &Mobile::supported, Where::both, false},
    {"+CPINR", action, &Mobile::pin_attempts, Where::cellular, false},
    {"+CREG", read, &Mobile::read_registration, Where::both, false},
    {"+CREG", set, &Mobile::set_registration, Where::both, false},
    {"+CREG", test, &Mobile::test_registration, Where::both, false},
    {"+CGREG", read, &Mobile::read_registration, Where::cellular, false},
    {"+CGREG", set, &Mobile::set_registration, Where::cellular, false},
    {"+CGREG", test, &Mobile::test_registration, Where::cellular, false},
    {"+CEREG", read, &Mobile::read_registration, Where::cellular, false},
    {"+CEREG", set, &Mobile::set_registration, Where::cellular, false},
    {"+CEREG", test, &Mobile::test_registration, Where::cellular, false},
    {"+CSQ", action, &Mobile::signal, Where::both, false},
    {"+CSQ", test, &Mobile::test_signal, Where::both, false},
    {"+CSQF", action, &Mobile::last_signal, Where::satellite, false},
    {"+COPS", read, &Mobile::read_operator},
    {"+COPS", set, &Mobile::set_operator},
    {"+COPS", test, &Mobile::scan, Where::cellular},
    {"+CGATT", read, &Mobile::read_attached, Where::cellular},
    {"+CGATT", set, &Mobile::set_attached, Where::cellular},
    {"+CGATT", test, &Mobile::test_switch, Where::cellular},
    {"+CGDCONT", read, &Mobile::read_contexts, Where::cellular, false},
    {"+CGDCONT", set, &Mobile::set_context, Where::cellular, false},
    {"+CGDCONT", test, &Mobile::test_contexts, Where::cellular, false},
    {"+CGACT", read, &Mobile::read_active, Where::cellular},
    {"+CGACT", set, &Mobile::set_active, Where::cellular},
    {"+CGACT", test, &Mobile::test_switch, Where::cellular},
    {"+CGPADDR", action, &Mobile::addresses, Where::cellular},
    {"+CGPADDR", set, &Mobile::addresses, Where::cellular},
    {"+CBST", read, &Mobile::read_bearer, Where::both, false},
    {"+CBST", set, &Mobile::set_bearer, Where::both, false},
    {"+CBST", test, &Mobile::test_bearer, Where::both, false},
    {"+CHUP", action, &Mobile::hang_up, Where::both, false},
    {"+CHUP", test, &Mobile::supported, Where::both, false},
    {"+CFUN", read, &Mobile::read_radio, Where::cellular, false},
    {"+CFUN", set, &Mobile::set_radio, Where::cellular, false},
    {"+CFUN", test, &Mobile::test_radio, Where::cellular, false},
    {"+CEER", action, &Mobile::last_release, Where::both, false},
    {"+CEER", test, &Mobile::supported, Where::both, false},
    {"+CMEE", read, &Mobile::read_errors, Where::both, false},
    {"+CMEE", set, &Mobile::set_errors, Where::both, false},
    {"+CMEE", test, &Mobile::test_errors, Where::both, false},
    {"+CRC", read, &Mobile::read_ring, Where::both, false},
    {"+CRC", set, &Mobile::set_ring, Where::both, false},
    {"+CRC", test, &Mobile::test_switch, Where::both, false},
    {"+IPR", read, &Mobile::read_speed, Where::satellite, false},
    {"+IPR", set, &Mobile::set_speed, Where::satellite, false},
    {"+IPR", test, &Mobile::test_speed, Where::satellite, false},
}};

Response Mobile::supported(Time, const Command&) { return done(); }

Response Mobile::test_switch(Time, const Command& command) { return info(command.name + ": (0,1)"); }

Response Mobile::read_pin(Time, const Command&) {
  if (!sim_.has_state()) return fails(sim_.error().value_or(cme::sim_failure));
  return info("+CPIN: " + sim_.state());
}

Response Mobile::enter_pin(Time now, const Command& command) {
  const auto words = words_of(command.value);
  const auto error = words.size() > 1 ? sim_.unblock(words[0], words[1]) : sim_.enter(words[0]);
  if (error) return fails(*error);
  search(now);
  return done();
}

// How often each secret of the card may still be given wrong.
Response Mobile::pin_attempts(Time, const Command&) {
  if (!sim_.has_state()) return fails(sim_.error().value_or(cme::sim_failure));
  const auto line = [](const char* name, int left, int all) {
    return std::string("+CPINR: ") + name + ',' + std::to_string(left) + ',' + std::to_string(all);
  };
  return Response{{line("SIM PIN", sim_.pin_left(), pin_tries), line("SIM PUK", sim_.puk_left(), puk_tries)}};
}

Mobile::Domain& Mobile::domain_of(std::string_view name) {
  return *std::find_if(domains_.begin(), domains_.end(), [&](const Domain& one) { return one.name == name; });
}

Response Mobile::read_registration(Time now, const Command& command) {
  const int reports = domain_of(command.name).reports;
  const int stat = registered(now);
  return info(command.name + ": " + std::to_string(reports) + ',' + std::to_string(stat) + place(reports, stat));
}

Response Mobile::set_registration(Time, const Command& command) {
  const auto reports = number_of(command.value, 2);
  if (!reports) return fails(cme::bad_parameters);
  domain_of(command.name).reports = *reports;
  return done();
}

Response Mobile::test_registration(Time, const Command& command) { return info(command.name + ": (0-2)"); }

// A satellite's: one number and no blank.
Response Mobile::signal(Time now, const Command& command) {
  if (options_.satellite) {
    Response answer = last_signal(now, command);
    answer.takes = options_.signal_takes;
    return answer;
  }
  const int level = radio_ == 1 ? options_.signal : no_signal;
  Response answer = info("+CSQ: " + std::to_string(level) + ',' + std::to_string(no_signal));
  answer.takes = options_.signal_takes;
  return answer;
}

Response Mobile::last_signal(Time, const Command& command) {
  return info(command.name + ':' + std::to_string(options_.signal));
}

Response Mobile::test_signal(Time, const Command&) {
  return info(options_.satellite ? "+CSQ:(0-5)" : "+CSQ: (0-31,99),(99)");
}

Response Mobile::read_operator(Time now, const Command&) {
  const std::string mode = "+COPS: " + std::to_string(operator_mode_);
  if (!in_service(now)) return info(mode);
  const std::string named = operator_by_code_ ? ",2," + quoted(options_.code) : ",0," + quoted(options_.network);
  return info(mode + named + (options_.satellite ? "" : ",7"));
}

Response Mobile::set_operator(Time now, const Command& command) {
  const auto words = words_of(command.value);
  const auto mode = number_of(words[0], 4);
  const auto format = words.size() > 1 ? number_of(words[1], 2) : 0;
  if (!mode || !format) return fails(cme::bad_parameters);
  if (words.size() > 1) operator_by_code_ = *format == 2;
  if (*mode == 3) return done();  // the format alone
  if (*mode == 1 || *mode == 4) {
    // No other network is here.
    const bool is_ours = words.size() > 2 && words[2] == (*format == 2 ? options_.code : options_.network);
    if (!is_ours) return fails(cme::no_service);
  }
  operator_mode_ = *mode;
  if (*mode == 2) {
    leave_network(now);
  } else {
    search(now);
  }
  return done();
}

Response Mobile::scan(Time, const Command&) {
  Response answer = info("+COPS: (2," + quoted(options_.network) + R"(,"Offhook",)" + quoted(options_.code) +
                         R"(,7),(3,"Other Mobile","Other","00102",7))");
  answer.takes = scan_time;
  return answer;
}

Response Mobile::read_attached(Time now, const Command&) {
  return info(attached_ && in_service(now) ? "+CGATT: 1" : "+CGATT: 0");
}

Response Mobile::set_attached(Time now, const Command& command) {
  const auto wanted = number_of(command.value, 1);
  if (!wanted) return fails(cme::bad_parameters);
  if (*wanted == 1 && !in_service(now)) return fails(cme::no_service);
  attached_ = *wanted == 1;
  if (!attached_) active_ = 0;
  return done();
}

Response Mobile::read_contexts(Time, const Command&) {
  Response answer;
  for (const auto& [number, text] : contexts_) {
    answer.lines.push_back("+CGDCONT: " + std::to_string(number) + ',' + text + R"(,"",0,0)");
  }
  return answer;
}

// The number alone removes the context.
Response Mobile::set_context(Time, const Command& command) {
  constexpr std::array<std::string_view, 4> types{"IP", "IPV6", "IPV4V6", "PPP"};
  const auto words = words_of(command.value);
  const auto number = number_of(words[0], greatest_context);
  if (!number || *number == 0) return fails(cme::bad_parameters);
  if (words.size() == 1) {
    contexts_.erase(*number);
    return done();
  }
  if (std::find(types.begin(), types.end(), words[1]) == types.end()) return fails(cme::bad_parameters);
  contexts_[*number] = quoted(words[1]) + ',' + quoted(words.size() > 2 ? words[2] : "");
  return done();
}

Response Mobile::test_contexts(Time, const Command&) {
  return Response{{R"(+CGDCONT: (1-16),"IP",,,(0),(0))", R"(+CGDCONT: (1-16),"IPV6",,,(0),(0))",
                   R"(+CGDCONT: (1-16),"IPV4V6",,,(0),(0))"}};
}

Response Mobile::read_active(Time, const Command&) {
  Response answer;
  for (const auto& [number, text] : contexts_) {
    answer.lines.push_back("+CGACT: " + std::to_string(number) + (active_ == number ? ",1" : ",0"));
  }
  return answer;
}

Response Mobile::set_active(Time now, const Command& command) {
  const auto words = words_of(command.value);
  const auto wanted = number_of(words[0], 1);
  const auto context = words.size() > 1 ? number_of(words[1], greatest_context) : 1;
  if (!wanted || !context) return fails(cme::bad_parameters);
  if (*wanted == 0) {
    active_ = 0;
    return done();
  }
  if (!in_service(now)) return fails(cme::no_service);
  if (!contexts_.contains(*context)) return fails(cme::unspecified_packet_error);
  active_ = *context;
  return done();
}

Response Mobile::addresses(Time, const Command& command) {
  const auto wanted = command.form == set ? number_of(command.value, greatest_context) : 0;
  if (!wanted) return fails(cme::bad_parameters);
  Response answer;
  for (const auto& [number, text] : contexts_) {
    if (*wanted != 0 && *wanted != number) continue;
    answer.lines.push_back("+CGPADDR: " + std::to_string(number) +
                           (active_ == number ? R"(,"10.0.0.1")" : R"(,"0.0.0.0")"));
  }
  return answer;
}

Response Mobile::read_bearer(Time, const Command&) { return info("+CBST: " + bearer_); }

Response Mobile::set_bearer(Time, const Command& command) {
  constexpr std::array speeds{0, 4, 6, 7, 12, 14, 39, 43, 65, 68, 70, 71, 75};
  const auto words = words_of(command.value);
  const auto speed = number_of(words[0], speeds.back());
  const auto name = words.size() > 1 ? number_of(words[1], 0) : 0;
  const auto kind = words.size() > 2 ? number_of(words[2], 3) : 1;
  if (!speed || std::find(speeds.begin(), speeds.end(), *speed) == speeds.end() || !name || !kind) {
    return fails(cme::bad_parameters);
  }
  bearer_ = std::to_string(*speed) + ",0," + std::to_string(*kind);
  return done();
}

Response Mobile::test_bearer(Time, const Command&) {
  return info("+CBST: (0,4,6,7,12,14,39,43,65,68,70,71,75),(0),(0-3)");
}

Response Mobile::hang_up(Time, const Command&) { return Response{{}, {}, {}, Response::Then::hang_up}; }

Response Mobile::read_radio(Time, const Command&) { return info("+CFUN: " + std::to_string(radio_)); }

Response Mobile::set_radio(Time now, const Command& command) {
  const auto words = words_of(command.value);
  const auto wanted = number_of(words[0], 4);
  const auto restart = words.size() > 1 ? number_of(words[1], 1) : 0;
  if (!wanted || *wanted == 2 || *wanted == 3 || !restart) return fails(cme::bad_parameters);
  if (*restart == 1) return Response{{}, {}, {}, Response::Then::restart};
  if (*wanted == radio_) return done();
  radio_ = *wanted;
  if (radio_ == 1) {
    search(now);
    return done();
  }
  leave_network(now);
  return Response{{}, {}, {}, Response::Then::hang_up};
}

Response Mobile::test_radio(Time, const Command&) { return info("+CFUN: (0,1,4),(0,1)"); }

Response Mobile::last_release(Time, const Command&) { return info("+CEER: " + last_release_); }

Response Mobile::read_errors(Time, const Command&) { return info("+CMEE: " + std::to_string(errors_)); }

Response Mobile::set_errors(Time, const Command& command) {
  const auto wanted = number_of(command.value, 2);
  if (!wanted) return fails(cme::bad_parameters);
  errors_ = *wanted;
  return done();
}

Response Mobile::test_errors(Time, const Command&) { return info("+CMEE: (0-2)"); }

Response Mobile::read_ring(Time, const Command&) { return info(long_ring_ ? "+CRC: 1" : "+CRC: 0"); }

Response Mobile::set_ring(Time, const Command& command) {
  const auto wanted = number_of(command.value, 1);
  if (!wanted) return fails(cme::bad_parameters);
  long_ring_ = *wanted == 1;
  return done();
}

// Code numbers, no rates: 6 is 19200.
Response Mobile::read_speed(Time, const Command&) { return info("+IPR: 00" + std::to_string(speed_code_)); }

Response Mobile::set_speed(Time, const Command& command) {
  const auto code = number_of(words_of(command.value)[0], 9);
  if (!code || *code == 0) return fails(cme::bad_parameters);
  speed_code_ = *code;
  return done();
}

Response Mobile::test_speed(Time, const Command&) { return info("+IPR: (1-9)"); }

}  // namespace emulator
