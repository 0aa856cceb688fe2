// Any octets as a server's side of a login. The input's first line says what is wanted and how TLS and SASL turn out,
// the rest is what the server says. It goes the same by lines and byte by byte; TLS that is required is there before
// anything else is said; a secret is shown only under TLS or by permission, and marked as one; nobody is in who was not
// proved; each action that waits for an answer is the last of its turn, and nothing comes after Done.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "mta/mail/smtp_login.h"

namespace {

using conf::AuthMechanism;
using conf::RelayTls;
using mail::SmtpLogin;

void require(bool held) {
  if (!held) std::abort();
}

bool is_clear_text(AuthMechanism mechanism) {
  return mechanism != AuthMechanism::scram_sha_256 && mechanism != AuthMechanism::cram_md5;
}

// What the shell is told, an octet a question; 'k' when there is no more.
class Fate {
 public:
  explicit Fate(std::string_view line) : line_(line) {}
  char next() {
    if (line_.empty()) return 'k';
    const char c = line_.front();
    line_.remove_prefix(1);
    return c;
  }

 private:
  std::string_view line_;
};

// 'n', 's' or 'i' for TLS; digits for the mechanisms in that order; '!' for plain_without_tls; up to a blank.
SmtpLogin::Options wanted(Fate& fate) {
  SmtpLogin::Options options;
  options.helo_name = "office.example";
  for (char c = fate.next(); c != ' ' && c != 'k'; c = fate.next()) {
    if (c == 'n') options.tls = RelayTls::none;
    if (c == 's') options.tls = RelayTls::starttls;
    if (c == 'i') options.tls = RelayTls::implicit;
    if (c == '!') options.plain_without_tls = true;
    const auto mechanism = static_cast<AuthMechanism>(c - '0');
    const auto& known = options.mechanisms;
    if (c >= '0' && c <= '5' && std::find(known.begin(), known.end(), mechanism) == known.end())
      options.mechanisms.push_back(mechanism);
  }
  return options;
}

class Session {
 public:
  explicit Session(std::string_view line)
      : fate_(line), options_(wanted(fate_)), is_encrypted_(options_.tls == RelayTls::implicit), login_(options_) {}

  enum class Pieces { octets, lines, whole };

  std::string run(std::string_view octets, Pieces pieces) {
    take(login_.start());
    while (!octets.empty() && !done_) {
      auto size = octets.size();
      if (pieces == Pieces::octets) size = 1;
      if (pieces == Pieces::lines) size = std::min(size, octets.substr(0, octets.find('\n')).size() + 1);
      last_ = octets.substr(0, size);
      octets.remove_prefix(size);
      take(login_.on(SmtpLogin::Octets{last_}));
    }
    if (!done_) take(login_.on(fate_.next() == 't' ? SmtpLogin::Event(SmtpLogin::Expired{}) : SmtpLogin::Closed{}));
    require(done_ && login_.on(SmtpLogin::Closed{}).empty());
    return told_;
  }

 private:
  using Action = SmtpLogin::Action;

  void take(const SmtpLogin::Actions& actions) {
    is_armed_ = false;
    for (const auto& action : actions) {
      require(!done_);
      require(!answer_);  // what waits for an answer is the last of its turn
      if (std::holds_alternative<SmtpLogin::Arm>(action)) is_armed_ = true;
      if (const auto* write = std::get_if<SmtpLogin::Write>(&action)) take_write(*write);
      if (std::holds_alternative<SmtpLogin::StartTls>(action)) start_tls();
      if (const auto* begin = std::get_if<SmtpLogin::Authenticate>(&action)) authenticate(begin->mechanism);
      if (std::holds_alternative<SmtpLogin::Challenge>(action)) {
        require(++challenges_ <= SmtpLogin::max_challenges);
        answer();
      }
      if (const auto* done = std::get_if<SmtpLogin::Done>(&action)) take_end(*done);
    }
    if (!answer_) return;
    const auto event = *std::move(answer_);
    answer_.reset();
    take(login_.on(event));
  }

  void take_write(const SmtpLogin::Write& write) {
    const std::string_view text = write.bytes;
    require(text.ends_with("\r\n") && text.find_first_of("\r\n") == text.size() - 2);
    require(is_armed_ || text == "QUIT\r\n");
    const bool is_before_tls = options_.tls == RelayTls::starttls && !is_encrypted_;
    require(!is_before_tls || text.starts_with("EHLO ") || text == "STARTTLS\r\n" || text == "QUIT\r\n");
    if (write.is_secret) {
      require(has_begun_ && (is_encrypted_ || !is_clear_text(mechanism_) || options_.plain_without_tls));
    } else {
      require(text.starts_with("EHLO ") || text.starts_with("HELO ") || text == "STARTTLS\r\n" || text == "*\r\n" ||
              text == "QUIT\r\n");
    }
    told_ += (write.is_secret ? "secret " : "") + write.bytes;
  }

  void start_tls() {
    require(options_.tls == RelayTls::starttls && !is_encrypted_);
    require(last_.ends_with('\n'));  // nothing that came in the clear is left over
    told_ += "[tls]";
    is_encrypted_ = true;
    answer_ = SmtpLogin::Encrypted{};
  }

  void authenticate(AuthMechanism mechanism) {
    const auto& allowed = options_.mechanisms;
    const auto place = std::find(allowed.begin(), allowed.end(), mechanism) - allowed.begin();
    require(place < static_cast<std::ptrdiff_t>(allowed.size()) && place >= next_);
    require(is_encrypted_ || !is_clear_text(mechanism) || options_.plain_without_tls);
    next_ = place + 1;
    mechanism_ = mechanism;
    has_begun_ = true;
    challenges_ = 0;
    told_ += "[" + std::string(conf::sasl_name(mechanism)) + "]";
    answer();
  }

  void answer() {
    is_complete_ = false;
    switch (fate_.next()) {
      case 'c':
        answer_ = SmtpLogin::Cancel{base::temporary("cannot")};
        return;
      case '-':
        answer_ = SmtpLogin::Answer{std::nullopt, false};
        return;
      case '=':
        answer_ = SmtpLogin::Answer{"", false};
        return;
      case 'm':
        answer_ = SmtpLogin::Answer{std::string("a\0\n", 3), false};
        return;
      default:
        is_complete_ = true;
        answer_ = SmtpLogin::Answer{"secret", true};
    }
  }

  void take_end(const SmtpLogin::Done& done) {
    done_ = true;
    const bool is_in = done.end == SmtpLogin::End::in;
    require(is_in == done.text.empty());
    require(!is_in || options_.tls == RelayTls::none || is_encrypted_);
    require(!is_in || options_.mechanisms.empty() || is_complete_);
    require(done.end != SmtpLogin::End::refused || has_begun_);
    told_ += std::to_string(static_cast<int>(done.end)) + done.text + "\n" + (done.ehlo ? done.ehlo->text : "");
  }

  Fate fate_;
  SmtpLogin::Options options_;
  bool is_encrypted_;
  SmtpLogin login_;
  std::string_view last_;  // octets from the server
  std::optional<SmtpLogin::Event> answer_;
  AuthMechanism mechanism_ = AuthMechanism::plain;  // begun last
  std::ptrdiff_t next_ = 0;
  int challenges_ = 0;
  bool has_begun_ = false;
  bool is_complete_ = false;
  bool is_armed_ = false;
  bool done_ = false;
  std::string told_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto line = input.substr(0, input.find('\n'));
  const auto octets = input.substr(std::min(line.size() + 1, input.size()));
  Session(line).run(octets, Session::Pieces::whole);
  require(Session(line).run(octets, Session::Pieces::lines) == Session(line).run(octets, Session::Pieces::octets));
  return 0;
}
