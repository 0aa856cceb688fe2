// The command line of modemctl.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "modem/line_settings.h"

namespace modem {

enum class CtlCommand { list, lock, unlock, hangup, answer };

struct CtlOptions {
  bool shown = false;  // --help or --version
  CtlCommand command = CtlCommand::list;
  std::string target;              // the profile, or the port
  std::vector<std::string> words;  // what follows it: a program, commands, a file
  bool json = false;
  bool lines = false;
  bool force = false;
  std::optional<int> calls;  // after so many it ends
  std::optional<pid_t> pid;
};

base::Result<CtlOptions> parse_ctl_options(int argc, const char* const* argv);

}  // namespace modem
