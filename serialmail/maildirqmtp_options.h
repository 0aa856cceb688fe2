// The command line of maildirqmtp, and the command line of maildirserial that it stands for.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "serialmail/order_options.h"

namespace serialmail {

struct MaildirqmtpOptions {
  bool shown = false;  // --help or --version
  std::string port = "209";
  std::string lifetime = "1209600";  // two weeks
  std::string report_descriptor;     // empty: none
  std::string smtp_helo_name;        // empty: no SMTP instead
  std::string smtp_port;             // empty: 25
  OrderWords order;
  std::string maildir;
  std::string prefix;
  std::string host;
};

base::Result<MaildirqmtpOptions> parse_maildirqmtp_options(int argc, const char* const* argv);

// The programs are named by the caller, who knows where they are.
std::vector<std::string> maildirserial_command(const MaildirqmtpOptions& options, const std::string& maildirserial,
                                               const std::string& serialqmtp);

}  // namespace serialmail
