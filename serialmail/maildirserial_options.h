// The command line of maildirserial.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace serialmail {

struct MaildirserialOptions {
  bool shown = false;  // --help or --version
  bool bounces = false;
  std::optional<std::int64_t> lifetime;  // seconds
  std::optional<int> report_descriptor;
  std::string maildir;
  std::string prefix;
  std::vector<std::string> client;
};

base::Result<MaildirserialOptions> parse_maildirserial_options(int argc, const char* const* argv);

}  // namespace serialmail
