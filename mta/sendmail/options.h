// sendmail's command line. Options and recipients may be mixed, as every sendmail allows.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace mta {

enum class SendmailMode {
  deliver,    // -bm: a message on standard input
  smtp,       // -bs: SMTP on standard input and output
  list,       // -bp, or called as mailq
  run_queue,  // -q
  shown       // --help or --version was printed
};

struct SendmailOptions {
  SendmailMode mode = SendmailMode::deliver;
  bool header_recipients = false;     // -t
  bool dot_ends = true;               // off by -i and -oi
  std::optional<std::string> sender;  // -f; empty or "<>": the null sender
  std::string full_name;              // -F
  std::vector<std::string> recipients;
};

// A failure is a usage error: exit 64.
base::Result<SendmailOptions> parse_sendmail_options(int argc, const char* const* argv);

}  // namespace mta
