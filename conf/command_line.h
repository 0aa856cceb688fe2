// The command line of every program: one description feeds the parser and --help.
#pragma once

#include <boost/program_options.hpp>
#include <string>
#include <vector>

#include "base/result.h"

namespace conf {

// What a program says of itself; --help prints summary, synopsis, the options and the exit statuses.
struct Program {
  std::string name;
  std::string synopsis;  // after the name: "[options] DIR PREFIX HOST HELOHOST"
  std::string summary;   // one sentence
  std::string exit_statuses = "0 done, 100 permanent failure or usage, 111 temporary failure";
};

struct Parsed {
  bool shown = false;  // --help or --version was asked for and printed on stdout: exit 0
  boost::program_options::variables_map values;
  std::vector<std::string> operands;  // what stands from the first operand on, untouched
};

// Reads options up to the first operand or `--`; everything after it is operands (a client's options stay the
// client's).
// --help and --version are added here. An unknown option, a missing or wrong value: permanent, one line with the
// program's usage. Guessing of abbreviated options is off.
base::Result<Parsed> parse_command_line(const Program& program,
                                        const boost::program_options::options_description& options, int argc,
                                        const char* const* argv);

}  // namespace conf
