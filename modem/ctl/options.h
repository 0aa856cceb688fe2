// The command line of modemctl.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace modem {

enum class CtlCommand { list, hangup, answer };

struct CtlOptions {
  bool shown = false;  // --help or --version
  CtlCommand command = CtlCommand::list;
  bool json = false;
  bool lines = false;
  std::string profile;
  std::optional<int> calls;  // after so many it ends
  std::vector<std::string> program;
};

base::Result<CtlOptions> parse_ctl_options(int argc, const char* const* argv);

}  // namespace modem
