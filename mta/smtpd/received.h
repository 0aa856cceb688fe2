// The trace line that mta-smtpd puts in front of a message (RFC 5321 §4.4), in qmail-smtpd's shape.
#pragma once

#include <string>
#include <string_view>

namespace mta {

// Who is at the other end, by the UCSPI variables; any of these may be empty.
struct SmtpdPeer {
  std::string remote_ip;    // TCPREMOTEIP
  std::string remote_host;  // TCPREMOTEHOST
  std::string remote_info;  // TCPREMOTEINFO
  std::string local_ip;     // TCPLOCALIP
  std::string local_host;   // TCPLOCALHOST
};

// "Received: from HOST (HELO h) (INFO@IP)\n  by LOCAL with ESMTP; DATE\n". The HELO part stands only where it says
// something else than HOST. Octets that could end a comment or a line become '?'.
std::string received_line(const SmtpdPeer& peer, std::string_view helo, bool esmtp, std::string_view by,
                          std::string_view date);

}  // namespace mta
