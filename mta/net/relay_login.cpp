#include "mta/net/relay_login.h"

#include <array>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "mta/mail/clock_floor.h"
#include "mta/mail/smtp_login.h"
#include "mta/net/credentials.h"
#include "mta/net/relay_memory.h"
#include "mta/net/sasl.h"
#include "mta/net/tcp_connect.h"

namespace net {
namespace {

using mail::SmtpLogin;

constexpr std::size_t block_bytes = 4096;
constexpr std::size_t max_clock_bytes = 64 * 1024;
constexpr std::size_t least_hidden_bytes = 4;

// What is shown of a server's words holds none of what we said in secret: some servers repeat it.
class Hidden {
 public:
  void add(std::string_view bytes) { secrets_.emplace_back(bytes); }
  void add_line(std::string_view line) {
    line = line.substr(0, line.find('\r'));
    add(line.substr(line.find_last_of(' ') + 1));
  }
  [[nodiscard]] std::string strip(std::string text) const {
    for (const auto& secret : secrets_) {
      const auto bytes = secret.view();
      if (bytes.size() < least_hidden_bytes) continue;
      for (auto at = text.find(bytes); at != std::string::npos; at = text.find(bytes, at)) {
        text.replace(at, bytes.size(), "...");
      }
    }
    return text;
  }

 private:
  std::vector<base::Secret> secrets_;
};

struct Place {
  conf::RelayHost host;
  std::string address;  // empty: the resolver is asked
};

// One session from the greeting on.
class Exchange {
 public:
  Exchange(RelaySession& session, const conf::RelayProfile& relay, const std::string& helo_name,
           const Credentials& credentials, const TlsContext* tls, std::string_view ticket)
      : session_(session),
        relay_(relay),
        credentials_(credentials),
        tls_(tls),
        ticket_(ticket),
        login_(settings(relay, helo_name)) {
    hidden_.add(credentials.secret.view());
  }

  base::Result<void> run() {
    if (relay_.tls == conf::RelayTls::implicit) {
      deadline_ = base::Deadline::after(SmtpLogin::starttls_timeout);
      if (auto done = encrypt(); !done) return done;
    }
    for (auto actions = login_.start();;) {
      std::optional<SmtpLogin::Event> event;
      for (auto& action : actions) {
        if (auto* done = std::get_if<SmtpLogin::Done>(&action)) return end(*done);
        if (auto carried_out = carry_out(action, event); !carried_out) return carried_out;
      }
      std::array<char, block_bytes> block;
      actions = login_.on(event ? *event : read(block));
    }
  }

 private:
  static SmtpLogin::Options settings(const conf::RelayProfile& relay, const std::string& helo_name) {
    SmtpLogin::Options options;
    options.helo_name = helo_name;
    options.tls = relay.tls;
    if (!relay.auth) return options;
    options.mechanisms = relay.auth->mechanisms;
    options.plain_without_tls = relay.auth->plain_without_tls;
    return options;
  }

  base::Result<void> encrypt() { return session_.stream.encrypt(*tls_, session_.host.name, ticket_, deadline_); }

  base::Result<void> carry_out(SmtpLogin::Action& action, std::optional<SmtpLogin::Event>& event) {
    if (auto* write = std::get_if<SmtpLogin::Write>(&action)) {
      if (write->is_secret) hidden_.add_line(write->bytes);
      auto written = session_.stream.write_all(write->bytes, deadline_);
      if (write->is_secret) base::wipe(write->bytes);
      // The server's last words may be there, and say why it has gone.
      if (!written && written.error().error != EPIPE) return written;
    } else if (auto* arm = std::get_if<SmtpLogin::Arm>(&action)) {
      deadline_ = base::Deadline::after(arm->within);
    } else if (std::holds_alternative<SmtpLogin::StartTls>(action)) {
      if (auto done = encrypt(); !done) return done;
      event = SmtpLogin::Encrypted{};
    } else if (auto* begin = std::get_if<SmtpLogin::Authenticate>(&action)) {
      auto sasl = SaslClient::begin(begin->mechanism, credentials_, session_.host);
      if (sasl) sasl_ = std::move(*sasl);
      event = answer(sasl ? sasl_->start() : base::Result<SaslAnswer>(sasl.error()));
    } else if (auto* challenge = std::get_if<SmtpLogin::Challenge>(&action)) {
      event = answer(sasl_->answer(challenge->bytes));
    }
    return {};
  }

  static SmtpLogin::Event answer(base::Result<SaslAnswer> made) {
    if (!made) return SmtpLogin::Cancel{made.error()};
    return SmtpLogin::Answer{std::move(made->bytes), made->is_complete};
  }

  SmtpLogin::Event read(std::span<char> block) {
    const auto n = session_.stream.read_some(block, deadline_);
    if (!n && n.error().error == ETIMEDOUT) return SmtpLogin::Expired{};
    if (!n || *n == 0) return SmtpLogin::Closed{};
    return SmtpLogin::Octets{{block.data(), *n}};
  }

  base::Result<void> end(SmtpLogin::Done& done) {
    switch (done.end) {
      case SmtpLogin::End::in:
        session_.ehlo = std::move(done.ehlo);
        return {};
      case SmtpLogin::End::host:
        return base::temporary(hidden_.strip(done.text));
      case SmtpLogin::End::refused:
        break;
    }
    return base::Failure{base::FailureKind::temporary,
                         "the login of " + credentials_.user + " was refused: " + hidden_.strip(done.text),
                         mail::login_refused};
  }

  RelaySession& session_;
  const conf::RelayProfile& relay_;
  const Credentials& credentials_;
  const TlsContext* tls_;
  std::string_view ticket_;
  SmtpLogin login_;
  std::optional<SaslClient> sasl_;
  base::Deadline deadline_;
  Hidden hidden_;
};

base::Result<Credentials> credentials_of(const conf::RelayProfile& relay, const LoginOptions& options) {
  Credentials credentials;
  if (!relay.auth) return credentials;
  credentials.user = relay.auth->user;
  auto secret = options.password              ? read_password(*options.password, "the password's descriptor")
                : !relay.auth->token.empty()  ? run_token_program(relay.auth->token)
                : !relay.auth->secret.empty() ? read_password_file(relay.auth->secret)
                                              : base::permanent("neither secret nor token is given, and no descriptor");
  if (!secret) return secret.error();
  credentials.secret = std::move(*secret);
  return credentials;
}

base::Result<std::optional<TlsContext>> tls_of(const conf::Places& places, const conf::RelayProfile& relay) {
  if (relay.tls == conf::RelayTls::none) return std::optional<TlsContext>();
  const auto text = base::read_file(places.clock_file(), max_clock_bytes);
  auto floor = text ? mail::ClockFloor::parse(*text) : mail::ClockFloor();
  floor.observe(base::read_clock(), base::boot_id());
  auto context = TlsContext::make(relay.ca, std::move(floor));
  if (!context) return context.error();
  return std::optional(std::move(*context));
}

class RelayLogin {
 public:
  RelayLogin(const conf::RelayProfile& relay, std::string helo_name, Credentials credentials,
             std::optional<TlsContext> tls, RelayMemory memory)
      : relay_(relay),
        helo_name_(std::move(helo_name)),
        credentials_(std::move(credentials)),
        tls_(std::move(tls)),
        memory_(std::move(memory)) {}

  base::Result<RelaySession> run() {
    std::vector<Place> places;
    if (auto known = memory_.address()) places.push_back({known->host, known->address});
    for (const auto& host : relay_.hosts) places.push_back({host, ""});
    for (std::size_t i = 0;; ++i) {
      auto session = attempt(places[i]);
      if (session) {
        remember(*session);
        return session;
      }
      if (session.error().error == mail::login_refused) memory_.park(base::escape(session.error().text));
      if (session.error().error == mail::login_refused || i + 1 == places.size()) return session;
      base::log(base::Level::warning, session.error().text);
    }
  }

 private:
  base::Result<RelaySession> attempt(const Place& place) {
    const auto named = [&](const std::string& address, const base::Failure& failure) {
      const std::string where = place.host.text() + (address.empty() ? "" : " (" + address + ")");
      return base::Failure{failure.kind, "relay " + relay_.name + ": " + where + ": " + failure.text, failure.error};
    };
    auto connection = connect_tcp(place.address.empty() ? place.host.name : place.address, place.host.port);
    if (!connection) return named("", connection.error());
    auto stream = Stream::on(std::move(connection->fd));
    if (!stream) return named(connection->address, stream.error());
    RelaySession session{std::move(*stream), place.host, connection->address, std::nullopt};
    auto ticket = tls_ ? memory_.ticket(place.host) : std::string();
    const auto done = Exchange(session, relay_, helo_name_, credentials_, tls_ ? &*tls_ : nullptr, ticket).run();
    base::wipe(ticket);
    if (!done) {
      session.stream.close();
      return named(session.address, done.error());
    }
    return session;
  }

  void remember(const RelaySession& session) {
    memory_.unpark();
    memory_.remember_address({session.host, session.address});
    if (session.stream.tls() == nullptr) return;
    auto ticket = session.stream.tls()->ticket();
    memory_.remember_ticket(session.host, ticket);
    base::wipe(ticket);
  }

  const conf::RelayProfile& relay_;
  std::string helo_name_;
  Credentials credentials_;
  std::optional<TlsContext> tls_;
  RelayMemory memory_;
};

}  // namespace

base::Result<RelaySession> log_in(const conf::Places& places, const conf::RelayProfile& relay, LoginOptions options) {
  auto memory = RelayMemory::open(places, relay);
  if (const auto why = memory.parked(base::read_clock().wall_seconds)) {
    return base::Failure{base::FailureKind::temporary,
                         "not tried again before " + std::to_string(parking_time.count()) +
                             " minutes have passed or its files are changed: " + *why,
                         mail::login_refused};
  }
  auto credentials = credentials_of(relay, options);
  if (!credentials)
    return base::Failure{credentials.error().kind, "relay " + relay.name + ": " + credentials.error().text};
  auto tls = tls_of(places, relay);
  if (!tls) return tls.error();
  return RelayLogin(relay, std::move(options.helo_name), std::move(*credentials), std::move(*tls), std::move(memory))
      .run();
}

}  // namespace net
