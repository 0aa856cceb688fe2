// The way to a relay, once for all clients: its hosts in order, TLS, login. What comes back is a session in which mail
// may be sent.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "base/deadline.h"
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
  std::string address;                    // the peer's
  std::optional<mail::Reply> ehlo;        // what the server offers now; none: it knows only HELO
  std::chrono::milliseconds exchange{0};  // the last command's
  std::chrono::milliseconds set_up{0};    // from the first octet to the login's end
};

// One more session with a relay that has let us in, without waiting.
class FurtherLogin {
 public:
  FurtherLogin() = default;
  FurtherLogin(const FurtherLogin&) = delete;
  FurtherLogin& operator=(const FurtherLogin&) = delete;
  virtual ~FurtherLogin() = default;

  // For poll(2), and until when.
  [[nodiscard]] virtual pollfd waits_for() const = 0;
  [[nodiscard]] virtual const base::Deadline& deadline() const = 0;
  // Does what can be done now. The session when it is there, nothing before; a failure is told as by log_in(), and the
  // relay is not parked for it.
  virtual base::Result<std::optional<RelaySession>> go_on() = 0;
};

// What we log in with, held for all sessions of a run.
class RelayAccess {
 public:
  // Permanent: the configuration is at fault. The profile has to outlive this.
  static base::Result<RelayAccess> open(const conf::Places& places, const conf::RelayProfile& relay,
                                        LoginOptions options);
  RelayAccess(RelayAccess&&) noexcept;
  RelayAccess& operator=(RelayAccess&&) noexcept;
  ~RelayAccess();

  // Waits for connections, replies, handshakes, each within a bound. A failure's text names relay, host and user, never
  // a secret. Its error is mail::login_refused where the login was refused for good, now or a short time ago: then no
  // other host was tried.
  base::Result<RelaySession> log_in();
  // To the host and address of the session that log_in() gave. This has to outlive it.
  base::Result<std::unique_ptr<FurtherLogin>> begin_further();
  // No further login is going to be: the secret is wiped.
  void forget_secret();

 private:
  struct State;
  explicit RelayAccess(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace net
