// The command line of modemctl.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "conf/modem.h"

namespace modem {

enum class CtlCommand {
  list,
  lock,
  unlock,
  probe,
  init,
  identify,
  status,
  dump,
  compare,
  selftest,
  at,
  term,
  hangup,
  answer
};

enum class Loop { local, digital };  // within the modem: at its line, at its DTE

struct CtlOptions {
  bool shown = false;  // --help or --version
  CtlCommand command = CtlCommand::list;
  std::string target;              // the profile, or the port
  std::vector<std::string> words;  // what follows it: a program, commands, a file
  std::string output;              // a file instead of standard output
  bool json = false;
  bool lines = false;
  bool force = false;
  bool keep_going = false;
  std::optional<int> calls;  // after so many it ends
  std::string nologin;       // in place of /etc/nologin.DEVICE
  std::string audit;         // a file of JSON lines
  std::string login;         // in place of the login table's usual file
  std::string prompt;        // for a user name
  std::optional<pid_t> pid;
  std::optional<unsigned> speed;
  std::optional<conf::FlowControl> flow;
  Loop loop = Loop::local;
  std::optional<std::chrono::milliseconds> timeout;  // for the answer to a command
};

base::Result<CtlOptions> parse_ctl_options(int argc, const char* const* argv);

}  // namespace modem
