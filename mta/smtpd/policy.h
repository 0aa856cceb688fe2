// What mta-smtpd may accept from this client: the control files and the environment, as values.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "conf/control.h"
#include "mta/mail/smtp_server.h"
#include "mta/smtpd/received.h"

namespace mta {

// Partial messages are kept for this client.
struct SmtpdKeeping {
  std::string client;  // who it is: the same for all its sessions, and nobody else's
  std::string folder;
  std::uint64_t max_bytes = 0;  // for all clients together
  std::string clock_file;
};

struct SmtpdSetup {
  mail::SmtpServer::Policy policy;
  SmtpdPeer peer;
  std::string by;  // our name in the trace line
  std::chrono::seconds timeout{0};
  std::optional<SmtpdKeeping> keeping;  // the folder is not looked at yet
};

// The value of an environment variable, or none.
using Environment = std::function<std::optional<std::string>(const char* name)>;

// Pure: the domains of virtualdomains' lines that are ours. Exceptions (nothing behind the colon), single users and the
// catch-all say nothing about a whole domain and are left out.
std::vector<std::string> virtual_domains(const std::vector<std::string>& lines);

base::Result<SmtpdSetup> read_setup(const conf::Control& control, const Environment& environment,
                                    const conf::Places& places);

}  // namespace mta
