// The command line of pppctl.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "conf/link.h"
#include "pppctl/conditions.h"

namespace pppctl {

enum class Command {
  session,
  status,
  history,
  bill,
  recover,
  check,
  setup,
  plan,
  connect,
  notify,
  clear,
  daemon,
  up,
  down,
  reload,
  next,
};

struct Options {
  bool shown = false;  // --help or --version
  Command command = Command::status;
  std::string link;  // empty: all
  bool verbose = false;
  bool always = false;
  std::optional<MailConditions> if_mail;
  std::vector<conf::Job> jobs;
  std::optional<std::chrono::seconds> max_time;
  bool json = false;
  bool no_modem = false;
  std::string answers, examples;  // of setup
  bool replace = false;
  bool peers = false;
  std::string peers_dir;  // empty: pppd's own
  std::string event;      // of notify
  bool watch = false;
  std::int64_t last = 10;
  std::string month;  // of the bill; empty: that of now
};

base::Result<Options> parse_options(int argc, const char* const* argv);

}  // namespace pppctl
