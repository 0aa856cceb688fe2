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
  ClientOptions client;
  std::string smtp_helo_name;  // to go on by SMTP where there is no QMTP; empty: not to
  unsigned smtp_port = serialmail::smtp_port;
  std::string prefix;
};

base::Result<SerialqmtpOptions> parse_serialqmtp_options(int argc, const char* const* argv);

// --relay, for maildirqmtp too: known, so that it is refused with the reason.
inline constexpr const char* qmtp_relay_help = "refused: QMTP has neither TLS nor a login, maildirsmtp has";
base::Failure qmtp_relay_failure();

}  // namespace serialmail
