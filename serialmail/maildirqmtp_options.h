// The command line of maildirqmtp, and the command line of maildirserial that it stands for.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "serialmail/flush_options.h"

namespace serialmail {

struct MaildirqmtpOptions {
  bool shown = false;  // --help or --version
  std::string port = "209";
  std::string smtp_helo_name;  // empty: no SMTP instead
  std::string smtp_port;       // empty: 25
  FlushWords flush;
  std::string host;
};

base::Result<MaildirqmtpOptions> parse_maildirqmtp_options(int argc, const char* const* argv);

std::vector<std::string> maildirserial_command(const MaildirqmtpOptions& options, const FlushPrograms& programs);

}  // namespace serialmail
