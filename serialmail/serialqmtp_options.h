// The command line of serialqmtp.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "serialmail/serialsmtp_options.h"

namespace serialmail {

inline constexpr unsigned qmtp_port = 209;

struct SerialqmtpOptions {
  bool shown = false;  // --help or --version
  std::optional<std::string> connect;
  unsigned port = qmtp_port;
  std::string smtp_helo_name;  // to go on by SMTP where there is no QMTP; empty: not to
  unsigned smtp_port = serialmail::smtp_port;
  std::optional<int> report_descriptor;
  std::string prefix;
};

base::Result<SerialqmtpOptions> parse_serialqmtp_options(int argc, const char* const* argv);

}  // namespace serialmail
