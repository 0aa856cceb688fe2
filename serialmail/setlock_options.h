// The command line of setlock.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace serialmail {

struct SetlockOptions {
  bool shown = false;    // --help or --version
  bool wait = true;      // -N; off by -n
  bool complain = true;  // -X; off by -x
  std::string file;
  std::vector<std::string> program;
};

base::Result<SetlockOptions> parse_setlock_options(int argc, const char* const* argv);

}  // namespace serialmail
