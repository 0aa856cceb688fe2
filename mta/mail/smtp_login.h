// The way into an SMTP session (RFC 5321, 3207, 4954): greeting, EHLO, STARTTLS, AUTH. Events in, actions out; what
// follows is SmtpClient's.
//
// The shell owns the connection, TLS, time and the SASL mechanisms. It carries out the actions in order and hands in
// what happens. With implicit TLS it has the handshake behind it before start().
//
// What it promises: TLS that is required is there before anything but EHLO and STARTTLS is said, and nothing that came
// before the handshake counts after it; a mechanism that shows the secret is begun only under TLS or by permission; a
// server that says yes before its mechanism is through is not believed.
#pragma once

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "conf/relay.h"
#include "mta/mail/smtp_reply.h"

namespace mail {

// Failure::error of a login that was refused for good, or is wanted and was not made: to be parked and told a person.
inline constexpr int login_refused = EKEYREJECTED;

class SmtpLogin {
 public:
  static constexpr std::chrono::seconds greeting_timeout{300};  // RFC 5321 §4.5.3.2, as for MAIL for EHLO
  static constexpr std::chrono::seconds ehlo_timeout{300};
  static constexpr std::chrono::seconds starttls_timeout{120};  // its reply, and the handshake
  static constexpr std::chrono::seconds auth_timeout{180};      // each reply; servers ask others, and pause on purpose
  static constexpr int max_challenges = 8;

  struct Options {
    std::string helo_name;
    conf::RelayTls tls = conf::RelayTls::starttls;
    std::vector<conf::AuthMechanism> mechanisms;  // allowed, strongest first; none: no login
    bool plain_without_tls = false;
  };

  // --- events
  struct Octets {  // from the server; valid during on()
    std::string_view bytes;
  };
  struct Closed {};     // end of file or a broken connection
  struct Expired {};    // the deadline we armed has passed
  struct Encrypted {};  // answers StartTls: the handshake is complete and the certificate holds
  struct Answer {       // answers Authenticate (no bytes: the server speaks first) and Challenge
    std::optional<std::string> bytes;
    bool is_complete = false;  // the mechanism is through: the server may say yes
  };
  struct Cancel {  // answers them too: the mechanism cannot go on
    base::Failure why;
  };
  using Event = std::variant<Octets, Closed, Expired, Encrypted, Answer, Cancel>;

  // --- actions
  struct Write {
    std::string bytes;
    bool is_secret = false;  // to be wiped once it is written, and never shown
  };
  struct Arm {
    std::chrono::seconds within;
  };
  struct StartTls {};  // the handshake, please
  struct Authenticate {
    conf::AuthMechanism mechanism;
  };
  struct Challenge {
    std::string bytes;
  };
  enum class End {
    in,      // mail may be sent
    host,    // trouble with this host: another one may do
    refused  // the login was refused for good: the same credentials will be elsewhere too
  };
  struct Done {  // the last action
    End end = End::host;
    std::string text;           // of the trouble; refused: the reply alone. It holds a peer's octets
    std::optional<Reply> ehlo;  // the last one; none: the server knows only HELO
  };
  using Action = std::variant<Write, Arm, StartTls, Authenticate, Challenge, Done>;
  using Actions = std::vector<Action>;

  explicit SmtpLogin(Options options)
      : options_(std::move(options)), is_encrypted_(options_.tls == conf::RelayTls::implicit) {}

  Actions start();
  Actions on(const Event& event);

 private:
  enum class State {
    greeting,
    ehlo,
    helo,
    starttls,    // its reply is awaited
    handshake,   // StartTls is out
    mechanism,   // Authenticate is out
    auth,        // a reply to AUTH or to a response is awaited
    challenge,   // Challenge is out
    cancelling,  // "*" was sent
    finished
  };

  void on_octets(std::string_view bytes);
  void on_encrypted();
  void on_answer(const Answer& answer);
  void on_cancel(const base::Failure& why);
  void on_reply(const Reply& reply, bool more_follows);
  void on_greeting(const Reply& reply);
  void on_ehlo(const Reply& reply);
  void on_helo(const Reply& reply);
  void on_starttls(const Reply& reply);
  void on_auth(const Reply& reply);
  void on_challenge(const Reply& reply);

  void say_ehlo();
  void go_on();  // behind an EHLO: STARTTLS, AUTH or the end
  void authenticate();
  [[nodiscard]] bool may_use(conf::AuthMechanism mechanism) const;
  [[nodiscard]] std::string no_mechanism_text() const;
  void send(State next, const std::string& line, std::chrono::seconds within);
  void send_secret(std::string_view command, std::string_view octets);  // base64 behind the command
  void leave(std::string text, End end = End::host);                    // politely
  void finish(End end, std::string text);

  Options options_;
  State state_ = State::greeting;
  bool is_encrypted_;
  ReplyParser parser_;
  std::optional<Reply> ehlo_;
  bool offers_starttls_ = false;
  std::vector<std::string> offered_;  // mechanisms, as the server spells them
  std::size_t next_mechanism_ = 0;    // of options_.mechanisms
  bool is_complete_ = false;
  int challenges_ = 0;
  std::string cancelled_;  // why
  Actions actions_;
};

}  // namespace mail
