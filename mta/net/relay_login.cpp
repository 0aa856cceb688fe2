#include "mta/net/relay_login.h"

#include <array>
#include <cerrno>
#include <utility>
#include <vector>

#include "base/bug.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/tcp_connect.h"
#include "mta/mail/smtp_login.h"
#include "mta/net/clock_file.h"
#include "mta/net/credentials.h"
#include "mta/net/relay_memory.h"
#include "mta/net/sasl.h"

namespace net {
namespace {

using mail::SmtpLogin;

constexpr std::size_t block_bytes = 4096;
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

using Clock = std::chrono::steady_clock;

std::chrono::milliseconds since(Clock::time_point begin) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin);
}

// One session from its connection on.
class Exchange {
 public:
  Exchange(RelaySession session, const conf::RelayProfile& relay, const std::string& helo_name,
           const Credentials& credentials, const TlsContext* tls, base::Secret ticket)
      : session_(std::move(session)),
        relay_(relay),
        credentials_(credentials),
        tls_(tls),
        ticket_(std::move(ticket)),
        login_(settings(relay, helo_name)) {
    hidden_.add(credentials.secret.view());
  }

  // As far as it goes without waiting: true when the login is done, false when session().stream has to be waited for.
  base::Result<bool> go_on() {
    if (!is_begun_) {
      if (auto begun = begin(); !begun) return begun.error();
    }
    for (;;) {
      if (is_shaking_hands_) {
        const auto done = session_.stream.handshake();
        const bool waits = !done && done.error().error == EAGAIN;
        if (waits && !deadline_.passed()) return false;
        is_ticket_bad_ = !done && !ticket_.view().empty();
        if (waits) return base::system_failure("TLS handshake", ETIMEDOUT);
        if (!done) return done.error();
        is_shaking_hands_ = false;
        if (has_started_) {
          event_ = SmtpLogin::Encrypted{};
        } else {
          start();
        }
      }
      if (auto done = carry_out_all(); !done) return done.error();
      if (is_done_) return true;
      if (is_shaking_hands_) continue;
      std::array<char, block_bytes> block;
      if (!event_) event_ = read(block);
      if (!event_) return false;
      actions_ = login_.on(*event_);
      if (auto* said = std::get_if<SmtpLogin::Answer>(&*event_); said && said->bytes) base::wipe(*said->bytes);
      event_.reset();
      next_ = 0;
    }
  }

  // Waits.
  base::Result<void> run() {
    for (;;) {
      const auto done = go_on();
      if (!done) return done.error();
      if (*done) return {};
      if (auto waited = session_.stream.wait(deadline_); !waited) return waited;
    }
  }

  // A handshake with the ticket failed. Servers that break off over one are rare, but would do so at every call.
  [[nodiscard]] bool is_ticket_bad() const { return is_ticket_bad_; }
  [[nodiscard]] RelaySession& session() { return session_; }
  [[nodiscard]] const RelaySession& session() const { return session_; }
  [[nodiscard]] const base::Deadline& deadline() const { return deadline_; }

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

  base::Result<void> begin() {
    is_begun_ = true;
    begun_ = wrote_ = Clock::now();
    if (relay_.tls != conf::RelayTls::implicit) {
      start();
      return {};
    }
    deadline_ = base::Deadline::after(SmtpLogin::starttls_timeout);
    return encrypt();
  }

  void start() {
    has_started_ = true;
    actions_ = login_.start();
  }

  base::Result<void> encrypt() {
    is_shaking_hands_ = true;
    return session_.stream.encrypt(*tls_, session_.host.name, ticket_.view());
  }

  base::Result<void> carry_out_all() {
    while (next_ < actions_.size() && !is_done_ && !is_shaking_hands_) {
      if (auto carried_out = carry_out(actions_[next_++]); !carried_out) return carried_out;
    }
    return {};
  }

  base::Result<void> carry_out(SmtpLogin::Action& action) {
    if (auto* write = std::get_if<SmtpLogin::Write>(&action)) {
      if (write->is_secret) hidden_.add_line(write->bytes);
      wrote_ = Clock::now();
      // A few octets, to which the server's answer was waited for before: there is room.
      auto written = session_.stream.write_all(write->bytes, deadline_);
      if (write->is_secret) base::wipe(write->bytes);
      // The server's last words may be there, and say why it has gone.
      if (!written && written.error().error != EPIPE) return written;
    } else if (auto* arm = std::get_if<SmtpLogin::Arm>(&action)) {
      deadline_ = base::Deadline::after(arm->within);
    } else if (std::holds_alternative<SmtpLogin::StartTls>(action)) {
      return encrypt();
    } else if (auto* begin = std::get_if<SmtpLogin::Authenticate>(&action)) {
      auto sasl = SaslClient::begin(begin->mechanism, credentials_, session_.host);
      if (sasl) sasl_ = std::move(*sasl);
      event_ = answer(sasl ? sasl_->start() : base::Result<SaslAnswer>(sasl.error()));
    } else if (auto* challenge = std::get_if<SmtpLogin::Challenge>(&action)) {
      event_ = answer(sasl_->answer(challenge->bytes));
    } else {
      return end(std::get<SmtpLogin::Done>(action));
    }
    return {};
  }

  static SmtpLogin::Event answer(base::Result<SaslAnswer> made) {
    if (!made) return SmtpLogin::Cancel{made.error()};
    return SmtpLogin::Answer{std::move(made->bytes), made->is_complete};
  }

  // Nothing: there is nothing yet.
  std::optional<SmtpLogin::Event> read(std::span<char> block) {
    const auto n = session_.stream.read_some(block, base::Deadline::after(std::chrono::milliseconds{0}));
    if (!n && n.error().error == ETIMEDOUT) {
      if (!deadline_.passed()) return std::nullopt;
      return SmtpLogin::Expired{};
    }
    if (!n || *n == 0) return SmtpLogin::Closed{};
    session_.exchange = since(wrote_);
    return SmtpLogin::Octets{{block.data(), *n}};
  }

  base::Result<void> end(SmtpLogin::Done& done) {
    is_done_ = true;
    session_.set_up = since(begun_);
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

  RelaySession session_;
  const conf::RelayProfile& relay_;
  const Credentials& credentials_;
  const TlsContext* tls_;
  base::Secret ticket_;
  SmtpLogin login_;
  SmtpLogin::Actions actions_;
  std::size_t next_ = 0;                   // of them
  std::optional<SmtpLogin::Event> event_;  // that their carrying out made
  std::optional<SaslClient> sasl_;
  base::Deadline deadline_;
  Hidden hidden_;
  Clock::time_point begun_;
  Clock::time_point wrote_;
  bool is_begun_ = false;
  bool has_started_ = false;  // the dialogue
  bool is_shaking_hands_ = false;
  bool is_ticket_bad_ = false;
  bool is_done_ = false;
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
  auto context = TlsContext::make(relay.ca, read_clock_floor(places.clock_file()));
  if (!context) return context.error();
  return std::optional(std::move(*context));
}

base::Failure named(const conf::RelayProfile& relay, const conf::RelayHost& host, const std::string& address,
                    const base::Failure& failure) {
  const std::string where = host.text() + (address.empty() ? "" : " (" + address + ")");
  return {failure.kind, "relay " + relay.name + ": " + where + ": " + failure.text, failure.error};
}

class Further : public FurtherLogin {
 public:
  Further(std::unique_ptr<Exchange> exchange, const conf::RelayProfile& relay)
      : exchange_(std::move(exchange)), relay_(relay) {}

  [[nodiscard]] pollfd waits_for() const override { return exchange_->session().stream.reading(); }
  [[nodiscard]] const base::Deadline& deadline() const override { return exchange_->deadline(); }

  base::Result<std::optional<RelaySession>> go_on() override {
    const auto done = exchange_->go_on();
    auto& session = exchange_->session();
    if (!done) return named(relay_, session.host, session.address, done.error());
    if (!*done) return std::optional<RelaySession>();
    return std::optional(std::move(session));
  }

 private:
  std::unique_ptr<Exchange> exchange_;
  const conf::RelayProfile& relay_;
};

}  // namespace

struct RelayAccess::State {
  const conf::RelayProfile& relay;
  std::string helo_name;
  Credentials credentials;
  std::optional<TlsContext> tls;
  RelayMemory memory;
  std::optional<Place> place;  // where log_in() ended

  [[nodiscard]] base::Result<std::unique_ptr<Exchange>> begin(const Place& at,
                                                              base::Result<base::TcpConnection> connection) const {
    if (!connection) return named(relay, at.host, "", connection.error());
    auto stream = Stream::on(std::move(connection->fd));
    if (!stream) return named(relay, at.host, connection->address, stream.error());
    RelaySession session{std::move(*stream), at.host, connection->address, std::nullopt};
    auto text = tls ? memory.ticket(at.host) : std::string();
    base::Secret ticket(text);
    base::wipe(text);
    return std::make_unique<Exchange>(std::move(session), relay, helo_name, credentials, tls ? &*tls : nullptr,
                                      std::move(ticket));
  }

  base::Result<RelaySession> attempt(const Place& at) {
    auto exchange = begin(at, base::connect_tcp(at.address.empty() ? at.host.name : at.address, at.host.port));
    if (!exchange) return exchange.error();
    auto& session = (*exchange)->session();
    const auto done = (*exchange)->run();
    if ((*exchange)->is_ticket_bad()) memory.forget_ticket();
    if (!done) return named(relay, at.host, session.address, done.error());
    return std::move(session);
  }

  void remember(const RelaySession& session) {
    place = Place{session.host, session.address};
    memory.unpark();
    memory.remember_address({session.host, session.address});
    if (session.stream.tls() == nullptr) return;
    auto ticket = session.stream.tls()->ticket();
    memory.remember_ticket(session.host, ticket);
    base::wipe(ticket);
  }
};

RelayAccess::RelayAccess(std::unique_ptr<State> state) : state_(std::move(state)) {}
RelayAccess::RelayAccess(RelayAccess&&) noexcept = default;
RelayAccess& RelayAccess::operator=(RelayAccess&&) noexcept = default;
RelayAccess::~RelayAccess() = default;

base::Result<RelayAccess> RelayAccess::open(const conf::Places& places, const conf::RelayProfile& relay,
                                            LoginOptions options) {
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
  return RelayAccess(std::unique_ptr<State>(new State{relay, std::move(options.helo_name), std::move(*credentials),
                                                      std::move(*tls), std::move(memory), std::nullopt}));
}

base::Result<RelaySession> RelayAccess::log_in() {
  auto& memory = state_->memory;
  const auto& relay = state_->relay;
  std::vector<Place> places;
  if (auto known = memory.address()) places.push_back({known->host, known->address});
  for (const auto& host : relay.hosts) places.push_back({host, ""});
  for (std::size_t i = 0;; ++i) {
    auto session = state_->attempt(places[i]);
    if (session) {
      state_->remember(*session);
      return session;
    }
    if (session.error().error == mail::login_refused) memory.park(base::escape(session.error().text));
    if (session.error().error == mail::login_refused || i + 1 == places.size()) return session;
    base::log(base::Level::warning, session.error().text);
  }
}

base::Result<std::unique_ptr<FurtherLogin>> RelayAccess::begin_further() {
  if (!state_->place) base::bug("RelayAccess: a further login before the first one");
  const auto& place = *state_->place;
  auto exchange = state_->begin(place, base::start_connecting(place.address, place.host.port));
  if (!exchange) return exchange.error();
  return std::unique_ptr<FurtherLogin>(std::make_unique<Further>(std::move(*exchange), state_->relay));
}

void RelayAccess::forget_secret() { state_->credentials.secret = base::Secret(); }

}  // namespace net
