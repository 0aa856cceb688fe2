// The command line of maildirserial.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "serialmail/flush_order.h"
#include "serialmail/line_word.h"
#include "serialmail/plan.h"

namespace serialmail {

struct MaildirserialOptions {
  bool shown = false;  // --help or --version
  bool bounces = false;
  std::optional<std::int64_t> lifetime;  // seconds
  std::optional<int> report_descriptor;
  std::optional<int> client_report_descriptor;
  LineWord line;
  OrderSettings order;
  std::optional<PlanFormat> plan;
  bool json = false;     // a summary on standard output
  bool summary = false;  // on standard error, though it is no terminal
  std::string maildir;
  std::string prefix;
  std::vector<std::string> client;  // may be empty for a plan
};

base::Result<MaildirserialOptions> parse_maildirserial_options(int argc, const char* const* argv);

}  // namespace serialmail
