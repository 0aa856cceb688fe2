// The command line of serialsmtp.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "serialmail/client_options.h"

namespace serialmail {

inline constexpr unsigned smtp_port = 25;

struct SerialsmtpOptions {
  bool shown = false;  // --help or --version
  ClientOptions client;
  std::optional<std::string> relay;  // in place of client.connect and helo_name
  std::optional<int> secret_descriptor;
  bool no_chunking = false;
  std::size_t connections = 1;
  std::string prefix;
  std::string helo_name;
};

base::Result<SerialsmtpOptions> parse_serialsmtp_options(int argc, const char* const* argv);

// A HELO name is sent as it is; a blank or a control character in it would be another command. Permanent.
base::Result<void> check_helo_name(const std::string& name);

}  // namespace serialmail
