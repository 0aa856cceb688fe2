#include "modem/ctl/options.h"

#include <charconv>

#include "conf/command_line.h"

namespace modem {
namespace {

namespace po = boost::program_options;

constexpr int max_calls = 1'000'000;

const conf::Program program{"modemctl",
                            "list [--json] [--lines] | hangup PROFILE | answer PROFILE [--calls N] -- PROGRAM [ARG...]",
                            "Looks after the modems of this host.",
                            "0 done, 100 usage or something that a person has to set right, 111 temporary failure"};

base::Failure usage(const std::string& what) {
  return base::permanent(what + " (usage: " + program.name + " " + program.synopsis + ")");
}

struct Given {
  bool json = false;
  bool lines = false;
  std::string calls;
};

// The same options stand before the command and behind it.
base::Result<conf::Parsed> parse_some(Given& given, int argc, const char* const* argv) {
  po::options_description description("Options");
  description.add_options()("json", po::bool_switch(), "list: one JSON array")(
      "lines", po::bool_switch(), "list: open each port for its speed and lines")(
      "calls", po::value<std::string>()->value_name("N"), "answer: end after N calls");
  auto parsed = conf::parse_command_line(program, description, argc, argv);
  if (!parsed) return parsed;
  const auto is_given = [&](const char* option) {
    return parsed->values.count(option) > 0 && parsed->values[option].as<bool>();
  };
  given.json = given.json || is_given("json");
  given.lines = given.lines || is_given("lines");
  if (parsed->values.count("calls") > 0) given.calls = parsed->values["calls"].as<std::string>();
  return parsed;
}

base::Result<conf::Parsed> parse_rest(Given& given, const std::vector<std::string>& words) {
  std::vector<const char*> argv{program.name.c_str()};
  for (const auto& one : words) argv.push_back(one.c_str());
  return parse_some(given, static_cast<int>(argv.size()), argv.data());
}

base::Result<int> read_calls(const std::string& text) {
  int calls = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), calls);
  if (error != std::errc() || end != text.data() + text.size() || calls < 1 || calls > max_calls)
    return usage("--calls: '" + text + "' is no number from 1 to " + std::to_string(max_calls));
  return calls;
}

}  // namespace

base::Result<CtlOptions> parse_ctl_options(int argc, const char* const* argv) {
  CtlOptions out;
  Given given;
  auto parsed = parse_some(given, argc, argv);
  if (!parsed) return parsed.error();
  if (parsed->shown) {
    out.shown = true;
    return out;
  }
  if (parsed->operands.empty()) return usage("no command");
  const auto command = parsed->operands.front();
  if (command != "list" && command != "hangup" && command != "answer")
    return usage("unknown command '" + command + "'");
  out.command = command == "list" ? CtlCommand::list : command == "hangup" ? CtlCommand::hangup : CtlCommand::answer;
  // Options, the profile, options again, and then the program with its own.
  for (int round = 0; round < 2; ++round) {
    parsed = parse_rest(given, {parsed->operands.begin() + 1, parsed->operands.end()});
    if (!parsed) return parsed.error();
    if (parsed->shown) {
      out.shown = true;
      return out;
    }
    if (out.command == CtlCommand::list || round == 1) break;
    if (parsed->operands.empty()) return usage(command + ": no PROFILE");
    out.profile = parsed->operands.front();
  }
  out.program = parsed->operands;
  out.json = given.json;
  out.lines = given.lines;
  if (out.lines && out.command != CtlCommand::list) return usage(command + " takes no --lines");
  if (out.json && out.command != CtlCommand::list) return usage(command + " takes no --json");
  if (!given.calls.empty()) {
    if (out.command != CtlCommand::answer) return usage(command + " takes no --calls");
    const auto calls = read_calls(given.calls);
    if (!calls) return calls.error();
    out.calls = *calls;
  }
  if (out.command == CtlCommand::answer && out.program.empty()) return usage("answer: no PROGRAM");
  if (out.command != CtlCommand::answer && !out.program.empty())
    return usage(command + ": '" + out.program.front() + "' is too much");
  return out;
}

}  // namespace modem
