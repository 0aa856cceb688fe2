// The command line of maildirqmtp, and the command line of maildirserial that it stands for.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace serialmail {

struct MaildirqmtpOptions {
  bool shown = false;  // --help or --version
  std::string port = "209";
  std::string lifetime = "1209600";  // two weeks
  std::string report_descriptor;     // empty: none
  std::string maildir;
  std::string prefix;
  std::string host;
};

base::Result<MaildirqmtpOptions> parse_maildirqmtp_options(int argc, const char* const* argv);

// The programs are named by the caller, who knows where they are.
std::vector<std::string> maildirserial_command(const MaildirqmtpOptions& options, const std::string& maildirserial,
                                               const std::string& serialqmtp);

}  // namespace serialmail
