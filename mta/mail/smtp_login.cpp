#include "mta/mail/smtp_login.h"

#include <algorithm>
#include <utility>

#include "base/bug.h"
#include "base/overloaded.h"
#include "base/secret.h"
#include "conf/text.h"
#include "mta/mail/base64.h"

namespace mail {
namespace {

constexpr int code_ready = 220;
constexpr int code_logged_in = 235;
constexpr int code_done = 250;
constexpr int code_challenge = 334;
constexpr int code_unknown_mechanism = 504;

// The words of each line behind the first, which is the server's name.
std::vector<std::vector<std::string_view>> ehlo_lines(const Reply& reply) {
  std::vector<std::vector<std::string_view>> lines;
  std::string_view rest = reply.text;
  for (auto lf = rest.find('\n'); lf != std::string_view::npos; lf = rest.find('\n')) {
    rest.remove_prefix(lf + 1);
    const auto line = rest.substr(0, rest.find('\n'));
    if (line.size() > 4) lines.push_back(conf::words_of(line.substr(4)));
  }
  return lines;
}

}  // namespace

SmtpLogin::Actions SmtpLogin::start() {
  actions_.clear();
  actions_.emplace_back(Arm{greeting_timeout});
  return std::exchange(actions_, {});
}

SmtpLogin::Actions SmtpLogin::on(const Event& event) {
  actions_.clear();
  if (state_ == State::finished) return {};
  std::visit(base::Overloaded{[this](const Octets& e) { on_octets(e.bytes); },
                              [this](const Closed&) { finish(End::host, "network read error: end of file"); },
                              [this](const Expired&) { finish(End::host, "network read error: Connection timed out"); },
                              [this](const Encrypted&) { on_encrypted(); }, [this](const Answer& e) { on_answer(e); },
                              [this](const Cancel& e) { on_cancel(e.why); }},
             event);
  return std::exchange(actions_, {});
}

void SmtpLogin::on_octets(std::string_view bytes) {
  while (!bytes.empty() && state_ != State::finished) {
    const auto taken = parser_.feed(bytes);
    if (!taken) return finish(End::host, taken.error().text);
    bytes.remove_prefix(*taken);
    if (parser_.complete()) on_reply(parser_.take(), !bytes.empty());
  }
}

void SmtpLogin::on_reply(const Reply& reply, bool more_follows) {
  // Each command waits for its reply, so nothing can follow it. RFC 3207 §4.2, §5: what stands behind the 220 came in
  // the clear, and whoever put it there wants it taken for the server's word under TLS.
  if (more_follows && state_ == State::starttls)
    return finish(End::host, "protocol violation: octets before the TLS handshake (STARTTLS injection)");
  if (more_follows) return finish(End::host, "protocol violation: a reply that answers no command");
  switch (state_) {
    case State::greeting:
      return on_greeting(reply);
    case State::ehlo:
      return on_ehlo(reply);
    case State::helo:
      return on_helo(reply);
    case State::starttls:
      return on_starttls(reply);
    case State::auth:
      return on_auth(reply);
    case State::cancelling:
      return leave(cancelled_);
    case State::handshake:
    case State::mechanism:
    case State::challenge:
      return finish(End::host, "protocol violation: a reply that answers no command");
    case State::finished:
      return;
  }
  base::bug("SmtpLogin: bad state");
}

void SmtpLogin::on_greeting(const Reply& reply) {
  if (reply.code != code_ready) return leave("greeting failed: " + reply.last_line);
  say_ehlo();
}

void SmtpLogin::say_ehlo() { send(State::ehlo, "EHLO " + options_.helo_name, ehlo_timeout); }

void SmtpLogin::on_ehlo(const Reply& reply) {
  if (reply.code == code_done) {
    ehlo_ = reply;
    offers_starttls_ = false;
    offered_.clear();
    for (const auto& words : ehlo_lines(reply)) {
      if (words.empty()) continue;
      auto keyword = conf::lower(words[0]);
      if (keyword == "starttls") offers_starttls_ = true;
      // "AUTH=LOGIN" is how servers said it before RFC 2554, and some still say nothing else.
      if (keyword.starts_with("auth=")) offered_.emplace_back(words[0].substr(5));
      if (keyword == "auth" || keyword.starts_with("auth="))
        offered_.insert(offered_.end(), words.begin() + 1, words.end());
    }
    return go_on();
  }
  const bool needs_extensions = !is_encrypted_ && options_.tls == conf::RelayTls::starttls;
  if (!reply.permanent() || needs_extensions || !options_.mechanisms.empty())
    return leave("EHLO was refused: " + reply.last_line);
  send(State::helo, "HELO " + options_.helo_name, ehlo_timeout);  // RFC 5321 §3.2
}

void SmtpLogin::on_helo(const Reply& reply) {
  if (reply.code != code_done) return leave("HELO was refused: " + reply.last_line);
  ehlo_.reset();
  finish(End::in, "");
}

void SmtpLogin::go_on() {
  if (!is_encrypted_ && options_.tls == conf::RelayTls::starttls) {
    if (!offers_starttls_) return leave("offers no STARTTLS, which is required");
    return send(State::starttls, "STARTTLS", starttls_timeout);
  }
  if (options_.mechanisms.empty()) return finish(End::in, "");
  authenticate();
}

void SmtpLogin::on_starttls(const Reply& reply) {
  if (reply.code != code_ready) return leave("STARTTLS was refused: " + reply.last_line);
  state_ = State::handshake;
  actions_.emplace_back(Arm{starttls_timeout});
  actions_.emplace_back(StartTls{});
}

// RFC 3207 §4.2: what was learned before counts no more.
void SmtpLogin::on_encrypted() {
  if (state_ != State::handshake) base::bug("SmtpLogin: a handshake that nobody asked for");
  is_encrypted_ = true;
  ehlo_.reset();
  say_ehlo();
}

bool SmtpLogin::may_use(conf::AuthMechanism mechanism) const {
  const bool hides = mechanism == conf::AuthMechanism::scram_sha_256 || mechanism == conf::AuthMechanism::cram_md5;
  if (!hides && !is_encrypted_ && !options_.plain_without_tls) return false;
  return std::any_of(offered_.begin(), offered_.end(),
                     [&](const std::string& name) { return conf::sasl_mechanism(name) == mechanism; });
}

void SmtpLogin::authenticate() {
  while (next_mechanism_ < options_.mechanisms.size()) {
    const auto mechanism = options_.mechanisms[next_mechanism_++];
    if (!may_use(mechanism)) continue;
    state_ = State::mechanism;
    is_complete_ = false;
    challenges_ = 0;
    actions_.emplace_back(Authenticate{mechanism});
    return;
  }
  leave(no_mechanism_text());
}

std::string SmtpLogin::no_mechanism_text() const {
  if (offered_.empty()) return "offers no AUTH";
  std::string text = "offers no AUTH mechanism that may be used";
  if (!is_encrypted_ && !options_.plain_without_tls) text += " without TLS";
  text += "; it offers";
  for (const auto& name : offered_) text += " " + name;
  return text;
}

void SmtpLogin::on_answer(const Answer& answer) {
  is_complete_ = answer.is_complete;
  const std::string_view octets = answer.bytes ? std::string_view(*answer.bytes) : std::string_view();
  if (state_ == State::mechanism) {
    std::string command = "AUTH ";
    command += conf::sasl_name(options_.mechanisms[next_mechanism_ - 1]);
    // RFC 4954 §4: an empty initial response is "=".
    if (answer.bytes) command += answer.bytes->empty() ? " =" : " ";
    return send_secret(command, octets);
  }
  if (state_ != State::challenge) base::bug("SmtpLogin: an answer that nobody asked for");
  send_secret("", octets);
}

void SmtpLogin::on_cancel(const base::Failure& why) {
  if (state_ == State::mechanism) return leave(why.text);
  if (state_ != State::challenge) base::bug("SmtpLogin: nothing to cancel");
  cancelled_ = why.text;
  send(State::cancelling, "*", auth_timeout);
}

void SmtpLogin::on_auth(const Reply& reply) {
  if (reply.code == code_challenge) return on_challenge(reply);
  if (reply.code == code_logged_in) {
    if (!is_complete_) return leave("says that we are logged in, and has not proved to know the password");
    return finish(End::in, "");
  }
  if (reply.code == code_unknown_mechanism) {
    const auto rest = options_.mechanisms.begin() + static_cast<std::ptrdiff_t>(next_mechanism_);
    const bool is_another = std::any_of(rest, options_.mechanisms.end(), [this](auto m) { return may_use(m); });
    if (is_another) return authenticate();
  }
  if (reply.permanent()) return leave(reply.last_line, End::refused);
  if (reply.temporary()) return leave("login refused for now: " + reply.last_line);
  finish(End::host, "protocol violation: impossible reply to AUTH");
}

void SmtpLogin::on_challenge(const Reply& reply) {
  const std::string_view line = reply.last_line;
  auto octets = from_base64(line.substr(std::min<std::size_t>(line.size(), 4)));
  state_ = State::challenge;
  if (!octets) return on_cancel(base::temporary("protocol violation: a challenge that is no base64"));
  if (++challenges_ > max_challenges) return on_cancel(base::temporary("protocol violation: challenges without end"));
  actions_.emplace_back(Challenge{std::move(*octets)});
}

void SmtpLogin::send(State next, const std::string& line, std::chrono::seconds within) {
  state_ = next;
  actions_.emplace_back(Arm{within});
  actions_.emplace_back(Write{line + "\r\n", false});
}

void SmtpLogin::send_secret(std::string_view command, std::string_view octets) {
  state_ = State::auth;
  auto encoded = to_base64(octets);
  std::string line;
  line.reserve(command.size() + encoded.size() + 2);  // growing would leave a copy behind
  line.append(command).append(encoded).append("\r\n");
  base::wipe(encoded);
  actions_.emplace_back(Arm{auth_timeout});
  actions_.emplace_back(Write{std::move(line), true});
}

void SmtpLogin::leave(std::string text, End end) {
  actions_.emplace_back(Write{"QUIT\r\n", false});
  finish(end, std::move(text));
}

void SmtpLogin::finish(End end, std::string text) {
  state_ = State::finished;
  actions_.emplace_back(Done{end, std::move(text), std::move(ehlo_)});
}

}  // namespace mail
