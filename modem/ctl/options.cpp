#include "modem/ctl/options.h"

#include <algorithm>
#include <array>
#include <limits>
#include <map>

#include "conf/command_line.h"
#include "conf/text.h"
#include "conf/toml.h"

namespace modem {
namespace {

namespace po = boost::program_options;

constexpr std::uint64_t max_speed = 4'000'000;
constexpr std::uint64_t max_calls = 1'000'000;

// Each command by what may stand behind it.
struct Command {
  std::string_view name;
  CtlCommand command;
  std::string_view target;  // what the first operand is; empty: there is none
  std::string_view words;   // what the others are; empty: there are none
  bool needs_words;
  std::string_view options;  // that it takes, each between blanks
};

constexpr auto commands = std::to_array<Command>({
    {"list", CtlCommand::list, "", "", false, " json lines "},
    {"lock", CtlCommand::lock, "PROFILE|PORT", "PROGRAM [ARG...]", false, " pid "},
    {"unlock", CtlCommand::unlock, "PROFILE|PORT", "", false, " force pid "},
    {"probe", CtlCommand::probe, "PORT", "", false, " json speed "},
    {"init", CtlCommand::init, "PROFILE", "", false, " json "},
    {"identify", CtlCommand::identify, "PROFILE|PORT", "", false, " json speed flow "},
    {"status", CtlCommand::status, "PROFILE", "", false, " json "},
    {"dump", CtlCommand::dump, "PROFILE", "", false, " json output "},
    {"compare", CtlCommand::compare, "PROFILE", "FILE", true, " json "},
    {"selftest", CtlCommand::selftest, "PROFILE", "", false, " json loop "},
    {"at", CtlCommand::at, "PROFILE|PORT", "COMMAND...", true, " json speed flow timeout keep-going "},
    {"term", CtlCommand::term, "PROFILE|PORT", "", false, " speed flow "},
    {"hangup", CtlCommand::hangup, "PROFILE", "", false, ""},
    {"answer", CtlCommand::answer, "PROFILE", "[PROGRAM [ARG...]]", false, " audit calls json login nologin prompt "},
});

po::options_description description() {
  po::options_description options("Options");
  const auto flag = [] { return po::bool_switch(); };
  const auto value = [](const char* name) { return po::value<std::string>()->value_name(name); };
  options.add_options()                                                              //
      ("json", flag(), "print JSON, for programs")                                   //
      ("lines", flag(), "list: open each port for its speed and lines")              //
      ("speed", value("N"), "of a PORT, in bit/s; else as found")                    //
      ("flow", value("WORD"), "of a PORT: none, rts/cts or xon/xoff; else none")     //
      ("timeout", value("TIME"), "at: for the answer to a command, as 10s")          //
      ("keep-going", flag(), "at: after a command that failed too")                  //
      ("output,o", value("FILE"), "dump: into a file")                               //
      ("loop", value("WORD"), "selftest: local (the default) or digital")            //
      ("calls", value("N"), "answer: end after N calls")                             //
      ("audit", value("FILE"), "answer: add a JSON line a call to FILE")             //
      ("login", value("FILE"), "answer: the login table")                            //
      ("nologin", value("FILE"), "answer: not while FILE is there")                  //
      ("prompt", value("TEXT"), "answer: what a caller is asked for his name with")  //
      ("force", flag(), "unlock: a lock file without a pid too")                     //
      ("pid", value("N"), "lock: for the process N, that outlives us; unlock: such a lock");
  return options;
}

conf::Program program(const std::string& synopsis) {
  return {
      "modemctl", synopsis, "Looks after the modems of this host.",
      "0 done, 1 compare: it differs, 100 usage or something that a person has to set right, 111 temporary failure"};
}

std::string general_synopsis() {
  std::string names;
  for (const auto& one : commands) names += (names.empty() ? "" : "|") + std::string(one.name);
  return names + " [options] [PROFILE|PORT] [ARG...]";
}

std::string synopsis_of(const Command& command) {
  std::string text = std::string(command.name) + " [options]";
  if (!command.target.empty()) text += " " + std::string(command.target);
  if (!command.words.empty()) text += " " + std::string(command.words);
  return text;
}

base::Failure usage(const std::string& synopsis, const std::string& what) {
  return base::permanent(what + " (usage: modemctl " + synopsis + ")");
}

// The options that were given, with their values.
using Given = std::map<std::string, std::string>;

// The same options stand before the command, behind it, and behind what it is for.
base::Result<conf::Parsed> parse_some(Given& given, const std::string& synopsis, int argc, const char* const* argv) {
  auto parsed = conf::parse_command_line(program(synopsis), description(), argc, argv);
  if (!parsed) return parsed;
  for (const auto& [name, value] : parsed->values) {
    if (const auto* text = boost::any_cast<std::string>(&value.value())) given[name] = *text;
    const auto* is_set = boost::any_cast<bool>(&value.value());
    if (is_set && *is_set) given[name] = "";
  }
  return parsed;
}

base::Result<conf::Parsed> parse_rest(Given& given, const std::string& synopsis,
                                      const std::vector<std::string>& words) {
  std::vector<const char*> argv{"modemctl"};
  for (const auto& one : words) argv.push_back(one.c_str());
  return parse_some(given, synopsis, static_cast<int>(argv.size()), argv.data());
}

// Reads the values one by one; the first fault stays.
class Values {
 public:
  Values(Given given, const Command& command) : given_(std::move(given)), command_(command) {
    for (const auto& [name, value] : given_) {
      if (command.options.find(" " + name + " ") == std::string_view::npos)
        complain(std::string(command.name) + " takes no --" + name);
    }
  }

  [[nodiscard]] bool flag(const std::string& name) const { return given_.contains(name); }
  [[nodiscard]] std::string text(const std::string& name) const {
    const auto found = given_.find(name);
    return found == given_.end() ? std::string() : found->second;
  }
  template <class Number>
  std::optional<Number> number(const std::string& name, std::uint64_t least, std::uint64_t most) {
    const auto found = given_.find(name);
    if (found == given_.end()) return std::nullopt;
    const auto value = conf::decimal(found->second);
    if (value && *value >= least && *value <= most) return static_cast<Number>(*value);
    complain("--" + name + ": '" + found->second + "' is no number from " + std::to_string(least) + " to " +
             std::to_string(most));
    return std::nullopt;
  }
  template <class Value>
  std::optional<Value> read(const std::string& name, std::optional<Value> (*parse)(std::string_view),
                            const std::string& what) {
    const auto found = given_.find(name);
    if (found == given_.end()) return std::nullopt;
    auto value = parse(found->second);
    if (!value) complain("--" + name + ": '" + found->second + "' is not " + what);
    return value;
  }
  void complain(const std::string& what) {
    if (fault_.empty()) fault_ = what;
  }
  [[nodiscard]] base::Result<void> finish() const {
    if (!fault_.empty()) return usage(synopsis_of(command_), fault_);
    return {};
  }

 private:
  Given given_;
  const Command& command_;
  std::string fault_;
};

std::optional<Loop> parse_loop(std::string_view text) {
  if (text == "local") return Loop::local;
  if (text == "digital") return Loop::digital;
  return std::nullopt;
}

base::Result<CtlOptions> read_values(CtlOptions out, Values values, const Command& command) {
  out.json = values.flag("json");
  out.lines = values.flag("lines");
  out.force = values.flag("force");
  out.calls = values.number<int>("calls", 1, max_calls);
  out.pid = values.number<pid_t>("pid", 1, std::numeric_limits<pid_t>::max());
  out.keep_going = values.flag("keep-going");
  out.loop = values.read("loop", parse_loop, "local or digital").value_or(Loop::local);
  out.output = values.text("output");
  out.audit = values.text("audit");
  out.login = values.text("login");
  out.nologin = values.text("nologin");
  out.prompt = values.text("prompt");
  if (!conf::is_command_line(out.prompt)) values.complain("--prompt: more than 255 characters, or not printable ASCII");
  if (out.command == CtlCommand::answer && !out.words.empty() && !(out.login + out.prompt).empty())
    values.complain("answer: --login and --prompt are for callers without a PROGRAM");
  out.speed = values.number<unsigned>("speed", 50, max_speed);
  out.flow = values.read("flow", conf::parse_flow, "none, rts/cts or xon/xoff");
  out.timeout = values.read("timeout", conf::parse_duration, "a duration as 500ms or 10s");
  if (command.words.empty() && !out.words.empty())
    values.complain(std::string(command.name) + ": '" + out.words.front() + "' is too much");
  if (command.needs_words && out.words.empty())
    values.complain(std::string(command.name) + ": no " +
                    std::string(command.words.substr(0, command.words.find(' '))));
  if (out.command == CtlCommand::compare && out.words.size() > 1)
    values.complain("compare: '" + out.words[1] + "' is too much");
  if (out.command == CtlCommand::lock && out.words.empty() != out.pid.has_value())
    values.complain("lock: for a PROGRAM, or for the process of --pid");
  if (auto good = values.finish(); !good) return good.error();
  return out;
}

}  // namespace

base::Result<CtlOptions> parse_ctl_options(int argc, const char* const* argv) {
  CtlOptions out;
  Given given;
  auto synopsis = general_synopsis();
  auto parsed = parse_some(given, synopsis, argc, argv);
  if (!parsed) return parsed.error();
  out.shown = parsed->shown;
  if (out.shown) return out;
  if (parsed->operands.empty()) return usage(synopsis, "no command");
  const auto* command = std::find_if(commands.begin(), commands.end(),
                                     [&](const Command& one) { return one.name == parsed->operands.front(); });
  if (command == commands.end()) return usage(synopsis, "unknown command '" + parsed->operands.front() + "'");
  out.command = command->command;
  synopsis = synopsis_of(*command);
  // Options, what it is for, options again, and then words with options of their own.
  const int rounds = command->target.empty() ? 1 : 2;
  for (int round = 0; round < rounds; ++round) {
    parsed = parse_rest(given, synopsis, {parsed->operands.begin() + 1, parsed->operands.end()});
    if (!parsed) return parsed.error();
    out.shown = parsed->shown;
    if (out.shown) return out;
    if (round + 1 == rounds) break;
    if (parsed->operands.empty())
      return usage(synopsis, std::string(command->name) + ": no " + std::string(command->target));
    out.target = parsed->operands.front();
  }
  out.words = parsed->operands;
  return read_values(std::move(out), Values(std::move(given), *command), *command);
}

}  // namespace modem
