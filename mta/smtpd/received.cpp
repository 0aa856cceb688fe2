#include "mta/smtpd/received.h"

#include "conf/text.h"

namespace mta {
namespace {

// The longest name that DNS knows; a client may say anything up to a command's length.
constexpr std::size_t max_name_bytes = 255;

std::string safe(std::string_view text) {
  constexpr std::string_view allowed = "!#$%&*+-./:=?@[]^_{|}~,";
  std::string out;
  for (const char c : text.substr(0, max_name_bytes)) {
    const bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    out += alphanumeric || allowed.find(c) != std::string_view::npos ? c : '?';
  }
  return out;
}

}  // namespace

std::string received_line(const SmtpdPeer& peer, std::string_view helo, bool esmtp, std::string_view by,
                          std::string_view date) {
  const std::string_view host = peer.remote_host.empty() ? std::string_view("unknown") : peer.remote_host;
  std::string line = "Received: from " + safe(host);
  if (!helo.empty() && conf::lower(helo) != conf::lower(host)) line += " (HELO " + safe(helo) + ")";
  line += " (";
  if (!peer.remote_info.empty()) line += safe(peer.remote_info) + "@";
  line += peer.remote_ip.empty() ? std::string("unknown") : safe(peer.remote_ip);
  line += ")\n  by " + safe(by) + " with " + (esmtp ? "ESMTP" : "SMTP") + "; " + std::string(date) + "\n";
  return line;
}

}  // namespace mta
