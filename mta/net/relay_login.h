// The way to a relay, once for all clients: its hosts in order, TLS, login. What comes back is a session in which mail
// may be sent.
#pragma once

#include <optional>
#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "conf/places.h"
#include "conf/relay.h"
#include "mta/mail/smtp_reply.h"
#include "mta/net/stream.h"

namespace net {

struct LoginOptions {
  std::string helo_name;
  std::optional<base::Fd> password;  // in place of the relay's secret
};

struct RelaySession {
  Stream stream;  // non-blocking
  conf::RelayHost host;
  std::string address;              // the peer's
  std::optional<mail::Reply> ehlo;  // what the server offers now; none: it knows only HELO
};

// Waits for connections, replies, handshakes, each within a bound. A failure's text names relay, host and user, never a
// secret. Its error is mail::login_refused where the login was refused for good, now or a short time ago: then no other
// host was tried. Permanent: the configuration is at fault.
base::Result<RelaySession> log_in(const conf::Places& places, const conf::RelayProfile& relay, LoginOptions options);

}  // namespace net
