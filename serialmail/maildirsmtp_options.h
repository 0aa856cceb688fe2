// The command line of maildirsmtp, and the command line of maildirserial that it stands for.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "serialmail/flush_options.h"

namespace serialmail {

struct MaildirsmtpOptions {
  bool shown = false;  // --help or --version
  std::string port = "25";
  std::string connections;  // empty: as serialsmtp likes
  bool no_chunking = false;
  FlushWords flush;
  std::string relay;              // in place of port, host and helo_name; empty: none
  std::string secret_descriptor;  // empty: none
  std::string host;
  std::string helo_name;
};

base::Result<MaildirsmtpOptions> parse_maildirsmtp_options(int argc, const char* const* argv);

std::vector<std::string> maildirserial_command(const MaildirsmtpOptions& options, const FlushPrograms& programs);

}  // namespace serialmail
