#include "chat/options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "chat/keyword.h"
#include "conf/command_line.h"

namespace chat {
namespace {

namespace po = boost::program_options;

const conf::Program program{
    "chat", "[-eEsSvV] [-t SECONDS] [-r FILE] [-T TEXT] [-U TEXT] [--pace MS] {-f FILE | --check FILE | WORD...}",
    "Talks to a modem on standard input and output as a script of words to expect and words to send says.",
    "0 script done; 1 usage, script, a send not finished in time or a write error; 2 signal, no terminal or line gone; "
    "3 expected string not seen in time; 4 to 53 abort string number status - 4"};

// The one table of the flags: the parser's and --help's.
struct Flag {
  char letter;
  bool has_value;
  const char* text;
};
constexpr std::array<Flag, 11> flags{{
    {'f', true, "read the script from this file"},
    {'t', true, "time limit in seconds for each expect and each send (45); 0: none"},
    {'r', true, "append reports to this file"},
    {'e', false, "echo what is received to standard error"},
    {'E', false, "replace $NAME by the environment's value"},
    {'v', false, "log every step"},
    {'V', false, "show on standard error what is received as it comes"},
    {'s', false, "log to standard error too"},
    {'S', false, "do not log to syslog"},
    {'T', true, "value of \\T, as a telephone number"},
    {'U', true, "value of \\U"},
}};

// What chat(8) does not have.
struct LongOption {
  std::string_view name;
  const char* text;
};
constexpr std::array<LongOption, 2> long_options{{
    {"pace", "milliseconds before each octet that is sent (10); 0: none"},
    {"check", "only report all that is wrong with this script"},
}};
constexpr int max_pace_ms = 10000;

void set_flag(Options& options, char letter) {
  if (letter == 'e') options.settings.echo = true;
  if (letter == 'E') options.expand_environment = true;
  if (letter == 'v') options.verbose = true;
  if (letter == 'V') options.show_received = true;
  if (letter == 's') options.log_to_stderr = true;
  if (letter == 'S') options.log_to_syslog = false;
}

void set_value(Options& options, char letter, const std::string& value) {
  if (letter == 'f') options.script_file = value;
  if (letter == 't') options.settings.timeout = std::max(leading_seconds(value), std::chrono::seconds(0));
  if (letter == 'r') options.report_files.push_back(ReportFile{value, options.verbose});
  if (letter == 'T') options.settings.phone = value;
  if (letter == 'U') options.settings.phone2 = value;
}

base::Failure usage(const std::string& what) {
  return base::permanent(what + " (usage: chat " + program.synopsis + ")");
}

po::options_description description() {
  po::options_description options("Options");
  for (const auto& flag : flags) {
    const std::string name = std::string(",") + flag.letter;
    if (flag.has_value) {
      options.add_options()(name.c_str(), po::value<std::string>(), flag.text);
    } else {
      options.add_options()(name.c_str(), flag.text);
    }
  }
  for (const auto& option : long_options)
    options.add_options()(std::string(option.name).c_str(), po::value<std::string>(), option.text);
  return options;
}

base::Result<void> set_long(Options& options, std::string_view name, const std::string& value) {
  if (name == "check") {
    options.check_file = value;
    return {};
  }
  int pace = 0;
  const auto read = std::from_chars(value.data(), value.data() + value.size(), pace);
  if (read.ec != std::errc() || read.ptr != value.data() + value.size() || pace < 0 || pace > max_pace_ms)
    return usage("--pace takes 0 to " + std::to_string(max_pace_ms) + " milliseconds");
  options.settings.pace = std::chrono::milliseconds(pace);
  return {};
}

// --NAME VALUE or --NAME=VALUE.
base::Result<void> take_long(Options& options, const std::vector<std::string>& words, std::size_t& at) {
  const std::string_view word = std::string_view(words[at]).substr(2);
  const auto name = word.substr(0, word.find('='));
  if (std::none_of(long_options.begin(), long_options.end(), [&](const auto& known) { return known.name == name; }))
    return usage("no such option: " + words[at]);
  ++at;
  if (name.size() < word.size()) return set_long(options, name, std::string(word.substr(name.size() + 1)));
  if (at == words.size()) return usage("option --" + std::string(name) + " lacks its value");
  return set_long(options, name, words[at++]);
}

// Takes one word of flags, and the next one where the last flag's value is there.
base::Result<void> take_flags(Options& options, const std::vector<std::string>& words, std::size_t& at) {
  const std::string& word = words[at++];
  for (std::size_t i = 1; i < word.size(); ++i) {
    const auto flag = std::find_if(flags.begin(), flags.end(), [&](const Flag& f) { return f.letter == word[i]; });
    if (flag == flags.end()) return usage(std::string("no such option: -") + word[i]);
    if (!flag->has_value) {
      set_flag(options, flag->letter);
      continue;
    }
    if (i + 1 == word.size() && at == words.size())
      return usage(std::string("option -").append(1, flag->letter).append(" lacks its value"));
    set_value(options, flag->letter, i + 1 < word.size() ? word.substr(i + 1) : words[at++]);
    break;
  }
  return {};
}

}  // namespace

// By hand and not by the library: chat(8) takes any next word for a value, `-T -5` and `-T ''` too, and -r asks whether
// -v stood before it.
base::Result<Options> parse_options(int argc, const char* const* argv) {
  const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  Options options;
  std::size_t at = 0;
  while (at < words.size() && words[at].size() > 1 && words[at][0] == '-') {
    const std::string& word = words[at];
    if (word == "--") {
      ++at;
      break;
    }
    if (word == "--help" || word == "--version") {
      const std::array<const char*, 2> alone{"chat", word.c_str()};
      const auto parsed = conf::parse_command_line(program, description(), 2, alone.data());
      if (!parsed) return parsed.error();
      options.shown = true;
      return options;
    }
    const bool is_long = word.starts_with("--");
    if (auto taken = is_long ? take_long(options, words, at) : take_flags(options, words, at); !taken)
      return taken.error();
  }
  options.words.assign(words.begin() + static_cast<std::ptrdiff_t>(at), words.end());
  if (options.script_file && !options.words.empty()) return usage("a script file and script words");
  if (options.check_file && (options.script_file || !options.words.empty()))
    return usage("--check looks at its own file and at no other script");
  return options;
}

}  // namespace chat
