#include "chat/options.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "chat/session.h"
#include "conf/command_line.h"

namespace chat {
namespace {

namespace po = boost::program_options;

const conf::Program program{
    "chat", "[-eEsSvV] [-t SECONDS] [-r FILE] [-T TEXT] [-U TEXT] {-f FILE | WORD...}",
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
  return options;
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
      return usage(std::string("option -") + flag->letter + " lacks its value");
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
    if (auto taken = take_flags(options, words, at); !taken) return taken.error();
  }
  options.words.assign(words.begin() + static_cast<std::ptrdiff_t>(at), words.end());
  if (options.script_file && !options.words.empty()) return usage("a script file and script words");
  return options;
}

}  // namespace chat
