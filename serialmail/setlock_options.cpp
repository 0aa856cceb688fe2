#include "serialmail/setlock_options.h"

#include <string_view>

#include "conf/command_line.h"

namespace serialmail {
namespace {

namespace po = boost::program_options;

const conf::Program program{
    "setlock", "[-nNxX] FILE PROGRAM [ARG...]", "Runs a program while holding a lock on a file.",
    "PROGRAM's own; 100 usage; 111 the lock or PROGRAM could not be had (0 for the lock under -x)"};

// The last of several contradicting letters counts, and the library does not keep their order.
void apply(std::string_view word, SetlockOptions& options) {
  if (word.size() < 2 || word[0] != '-' || word[1] == '-') return;
  for (const char c : word.substr(1)) {
    if (c == 'n' || c == 'N') options.wait = c == 'N';
    if (c == 'x' || c == 'X') options.complain = c == 'X';
  }
}

}  // namespace

base::Result<SetlockOptions> parse_setlock_options(int argc, const char* const* argv) {
  using Given = std::vector<std::string>;  // a letter may stand twice
  const auto letter = [] { return po::value<Given>()->zero_tokens()->composing(); };
  po::options_description description("Options");
  description.add_options()(",n", letter(), "give up at once if the lock is held")(",N", letter(),
                                                                                   "wait for the lock (the default)")(
      ",x", letter(), "say nothing and exit 0 if the file cannot be opened or locked")(
      ",X", letter(), "complain and exit 111 then (the default)");
  const auto parsed = conf::parse_command_line(program, description, argc, argv);
  if (!parsed) return parsed.error();
  SetlockOptions options;
  options.shown = parsed->shown;
  if (options.shown) return options;
  if (parsed->operands.size() < 2) return base::permanent("usage: setlock " + program.synopsis);
  const auto words = static_cast<std::size_t>(argc) - parsed->operands.size();
  for (std::size_t i = 1; i < words; ++i) apply(argv[i], options);
  options.file = parsed->operands[0];
  options.program.assign(parsed->operands.begin() + 1, parsed->operands.end());
  return options;
}

}  // namespace serialmail
