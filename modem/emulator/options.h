// The command line of modem-emulator.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "modem/emulator/dte_speed.h"
#include "modem/emulator/emulation.h"

namespace emulator {

struct PortOptions {
  std::string link;        // the symbolic link to the pty
  std::string lines_file;  // of the modem lines; empty: none
  SpeedRule speed{};       // of the DTE
};

struct Options {
  bool shown = false;  // --help or --version
  std::vector<ModemOptions> modems;
  std::vector<PortOptions> ports;  // one a modem
  PhoneBook book;
  std::vector<std::string> addresses;                        // "HOST:PORT" of every tcp target
  std::map<std::string, std::vector<std::string>> programs;  // the words of each
  ExchangeOptions exchange;
  double time_scale = 1;
  std::string log_file;  // empty: no log; "-": stdout
};

base::Result<Options> parse_options(int argc, const char* const* argv);

}  // namespace emulator
