// The command line of chat(8).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "chat/settings.h"

namespace chat {

struct ReportFile {
  std::string path;
  bool announced = false;  // -v stood before it: its opening is written into it
};

struct Options {
  bool shown = false;  // --help or --version: nothing else to do
  std::optional<std::string> script_file;
  std::optional<std::string> check_file;  // --check: only look at this script
  std::vector<std::string> words;         // the script when there is no file
  Settings settings;
  bool expand_environment = false;       // -E
  bool verbose = false;                  // -v
  bool show_received = false;            // -V
  bool log_to_stderr = false;            // -s
  bool log_to_syslog = true;             // off by -S
  std::vector<ReportFile> report_files;  // opened in this order; the last is written to
};

base::Result<Options> parse_options(int argc, const char* const* argv);

}  // namespace chat
