#include "conf/command_line.h"

#include <iostream>
#include <sstream>

namespace conf {
namespace po = boost::program_options;
namespace {

// How many words of the command line are options with their values; the next one is the first operand.
std::size_t option_words(const po::options_description& options, const std::vector<std::string>& words) {
  std::size_t i = 0;
  while (i < words.size()) {
    const std::string& word = words[i];
    if (word.size() < 2 || word[0] != '-' || word == "--") return i;
    ++i;
    const bool is_long = word[1] == '-';
    if (is_long && word.find('=') != std::string::npos) continue;
    if (is_long) {
      const auto* option = options.find_nothrow(word.substr(2), false);
      if (option && option->semantic()->min_tokens() > 0 && i < words.size()) ++i;
      continue;
    }
    // Grouped short options: the first that takes a value takes the rest of the word, or the next word.
    for (std::size_t c = 1; c < word.size(); ++c) {
      const auto* option = options.find_nothrow("-" + word.substr(c, 1), false);
      if (option && option->semantic()->min_tokens() > 0) {
        if (c + 1 == word.size() && i < words.size()) ++i;
        break;
      }
    }
  }
  return i;
}

void print_help(const Program& program, const po::options_description& options) {
  std::cout << program.summary << "\n\nusage: " << program.name << ' ' << program.synopsis << "\n\n"
            << options << "\nExit status: " << program.exit_statuses << '\n';
}

}  // namespace

base::Result<Parsed> parse_command_line(const Program& program, const po::options_description& options, int argc,
                                        const char* const* argv) {
  po::options_description all(options);
  all.add_options()("help", "print this text and exit")("version", "print the version and exit");
  const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  const std::size_t count = option_words(all, words);
  Parsed parsed;
  try {
    namespace style = po::command_line_style;
    po::command_line_parser parser(
        std::vector<std::string>(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(count)));
    parser.options(all).style(style::unix_style & ~style::allow_guessing);
    po::store(parser.run(), parsed.values);
    po::notify(parsed.values);
  } catch (const po::error& e) {
    return base::permanent(std::string(e.what()) + " (usage: " + program.name + " " + program.synopsis + ")");
  }
  if (parsed.values.count("help") > 0) {
    print_help(program, all);
    parsed.shown = true;
  } else if (parsed.values.count("version") > 0) {
    std::cout << program.name << " (Offhook) " << OFFHOOK_VERSION << '\n';
    parsed.shown = true;
  }
  auto rest = words.begin() + static_cast<std::ptrdiff_t>(count);
  if (rest != words.end() && *rest == "--") ++rest;
  parsed.operands.assign(rest, words.end());
  return parsed;
}

}  // namespace conf
