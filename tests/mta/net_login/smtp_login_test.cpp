#include "mta/mail/smtp_login.h"

#include <catch2/catch.hpp>

namespace {

using conf::AuthMechanism;
using conf::RelayTls;
using mail::SmtpLogin;

SmtpLogin::Options options(RelayTls tls, std::vector<AuthMechanism> mechanisms = {}) {
  return {"office.example", tls, std::move(mechanisms), false};
}

// A login and what came out of it last, as text: what is written, and words for the rest.
struct Played {
  explicit Played(SmtpLogin::Options settings) : login(std::move(settings)) { take(login.start()); }

  std::string on(const SmtpLogin::Event& event) {
    said.clear();
    take(login.on(event));
    return said;
  }
  std::string reply(const std::string& text) { return on(SmtpLogin::Octets{text + "\r\n"}); }
  std::string answer(std::string bytes, bool is_complete = true) {
    return on(SmtpLogin::Answer{std::move(bytes), is_complete});
  }

  void take(const SmtpLogin::Actions& actions) {
    for (const auto& action : actions) {
      if (const auto* write = std::get_if<SmtpLogin::Write>(&action)) {
        said += (write->is_secret ? "secret " : "") + write->bytes;
      } else if (const auto* begin = std::get_if<SmtpLogin::Authenticate>(&action)) {
        said += "[" + std::string(conf::sasl_name(begin->mechanism)) + "]";
      } else if (const auto* challenge = std::get_if<SmtpLogin::Challenge>(&action)) {
        said += "[challenge " + challenge->bytes + "]";
      } else if (std::holds_alternative<SmtpLogin::StartTls>(action)) {
        said += "[tls]";
      } else if (const auto* end = std::get_if<SmtpLogin::Done>(&action)) {
        done = *end;
      }
    }
  }
  bool is_in() const { return done && done->end == SmtpLogin::End::in; }

  SmtpLogin login;
  std::string said;
  std::optional<SmtpLogin::Done> done;
};

constexpr const char* ehlo = "250-mail.example\r\n250-PIPELINING\r\n250-STARTTLS\r\n250 AUTH PLAIN CRAM-MD5";

Played after_tls(std::vector<AuthMechanism> mechanisms, const std::string& offers) {
  Played played(options(RelayTls::implicit, std::move(mechanisms)));
  played.reply("220 hello");
  played.reply("250-mail.example\r\n250 " + offers);
  return played;
}

}  // namespace

TEST_CASE("a login without TLS and AUTH ends with the EHLO's extensions", "[mail][login]") {
  Played played(options(RelayTls::none));
  CHECK(played.reply("220 hello") == "EHLO office.example\r\n");
  CHECK(played.reply(ehlo).empty());
  REQUIRE(played.is_in());
  CHECK(played.done->ehlo->text.find("PIPELINING") != std::string::npos);
}

TEST_CASE("nothing is said behind STARTTLS before its 220 and the handshake, and the EHLO under TLS decides anew",
          "[mail][login]") {
  Played played(options(RelayTls::starttls, {AuthMechanism::cram_md5, AuthMechanism::plain}));
  played.reply("220 hello");
  CHECK(played.reply(ehlo) == "STARTTLS\r\n");
  CHECK(played.reply("220 go") == "[tls]");
  CHECK(played.on(SmtpLogin::Encrypted{}) == "EHLO office.example\r\n");
  CHECK(played.reply("250-mail.example\r\n250 AUTH PLAIN") == "[PLAIN]");
  CHECK(played.answer(std::string("\0u\0p", 4)) == "secret AUTH PLAIN AHUAcA==\r\n");
  CHECK(played.reply("235 in").empty());
  REQUIRE(played.is_in());
  CHECK(played.done->ehlo->text.find("PIPELINING") == std::string::npos);
}

TEST_CASE("octets behind STARTTLS's 220 end the session", "[mail][login]") {
  for (const char* octets : {"220 go\r\n250 x\r\n", "220 go\r\nx", "220 go\r\n\n"}) {
    Played played(options(RelayTls::starttls));
    played.reply("220 hello");
    played.reply(ehlo);
    CHECK(played.on(SmtpLogin::Octets{octets}).empty());
    REQUIRE(played.done);
    CHECK(played.done->end == SmtpLogin::End::host);
    CHECK(played.done->text.find("injection") != std::string::npos);
  }
}

TEST_CASE("TLS that is required and cannot be had ends the session politely", "[mail][login]") {
  Played without(options(RelayTls::starttls));
  without.reply("220 hello");
  CHECK(without.reply("250 mail.example") == "QUIT\r\n");
  CHECK(without.done->end == SmtpLogin::End::host);
  Played old(options(RelayTls::starttls));
  old.reply("220 hello");
  CHECK(old.reply("502 what") == "QUIT\r\n");
  CHECK_FALSE(old.is_in());
  Played refused(options(RelayTls::starttls));
  refused.reply("220 hello");
  refused.reply(ehlo);
  CHECK(refused.reply("454 not now") == "QUIT\r\n");
  CHECK(refused.done->end == SmtpLogin::End::host);
}

TEST_CASE("HELO is for a server that knows no EHLO, where neither TLS nor a login is wanted of it", "[mail][login]") {
  Played played(options(RelayTls::none));
  played.reply("220 hello");
  CHECK(played.reply("500 what") == "HELO office.example\r\n");
  played.reply("250 hello");
  REQUIRE(played.is_in());
  CHECK_FALSE(played.done->ehlo);
  Played login(options(RelayTls::none, {AuthMechanism::cram_md5}));
  login.reply("220 hello");
  CHECK(login.reply("500 what") == "QUIT\r\n");
}

TEST_CASE("without TLS only mechanisms that hide the secret are begun", "[mail][login]") {
  for (const bool allowed : {false, true}) {
    auto settings = options(RelayTls::none, {AuthMechanism::plain, AuthMechanism::login});
    settings.plain_without_tls = allowed;
    Played played(settings);
    played.reply("220 hello");
    CHECK(played.reply(ehlo) == (allowed ? "[PLAIN]" : "QUIT\r\n"));
  }
}

TEST_CASE("an exchange goes challenge by challenge, and yes counts only when it is through", "[mail][login]") {
  auto played = after_tls({AuthMechanism::scram_sha_256}, "AUTH SCRAM-SHA-256");
  CHECK(played.answer("first", false) == "secret AUTH SCRAM-SHA-256 Zmlyc3Q=\r\n");
  CHECK(played.reply("334 Y2hhbGxlbmdl") == "[challenge challenge]");
  CHECK(played.answer("", true) == "secret \r\n");
  played.reply("235 in");
  CHECK(played.is_in());
  auto early = after_tls({AuthMechanism::scram_sha_256}, "AUTH SCRAM-SHA-256");
  early.answer("first", false);
  CHECK(early.reply("235 in") == "QUIT\r\n");
  CHECK_FALSE(early.is_in());
}

TEST_CASE("an empty initial response is an equals sign, and one that waits for the server is none", "[mail][login]") {
  auto empty = after_tls({AuthMechanism::plain}, "AUTH PLAIN");
  CHECK(empty.answer("") == "secret AUTH PLAIN =\r\n");
  auto waits = after_tls({AuthMechanism::login}, "AUTH=LOGIN");
  CHECK(waits.on(SmtpLogin::Answer{std::nullopt, false}) == "secret AUTH LOGIN\r\n");
  CHECK(waits.reply("334") == "[challenge ]");
}

TEST_CASE("every 5xx to a login refuses it, every 4xx is trouble of the host, 504 leads to the next mechanism",
          "[mail][login]") {
  for (const auto& [code, end] : {std::pair{"535 no", SmtpLogin::End::refused},
                                  {"534 weak", SmtpLogin::End::refused},
                                  {"530 first", SmtpLogin::End::refused},
                                  {"554 no", SmtpLogin::End::refused},
                                  {"454 later", SmtpLogin::End::host},
                                  {"421 bye", SmtpLogin::End::host},
                                  {"250 odd", SmtpLogin::End::host}}) {
    auto played = after_tls({AuthMechanism::plain}, "AUTH PLAIN");
    played.answer("x");
    played.reply(code);
    REQUIRE(played.done);
    CHECK(played.done->end == end);
  }
  auto next = after_tls({AuthMechanism::cram_md5, AuthMechanism::plain}, "AUTH PLAIN CRAM-MD5");
  next.on(SmtpLogin::Answer{std::nullopt, false});
  CHECK(next.reply("504 not that one") == "[PLAIN]");
  next.answer("x");
  next.reply("504 nor that");
  CHECK(next.done->end == SmtpLogin::End::refused);
}

TEST_CASE("a challenge that is no base64, one too many, and a mechanism that cannot go on are cancelled",
          "[mail][login]") {
  auto bad = after_tls({AuthMechanism::plain}, "AUTH PLAIN");
  bad.answer("x");
  CHECK(bad.reply("334 !") == "*\r\n");
  CHECK(bad.reply("501 cancelled") == "QUIT\r\n");
  CHECK(bad.done->end == SmtpLogin::End::host);
  auto endless = after_tls({AuthMechanism::login}, "AUTH LOGIN");
  endless.on(SmtpLogin::Answer{std::nullopt, false});
  for (int i = 0; i < SmtpLogin::max_challenges; ++i) {
    CHECK(endless.reply("334 eA==") == "[challenge x]");
    endless.answer("y", false);
  }
  CHECK(endless.reply("334 eA==") == "*\r\n");
  auto stuck = after_tls({AuthMechanism::plain}, "AUTH PLAIN");
  stuck.answer("x");
  stuck.reply("334 eA==");
  CHECK(stuck.on(SmtpLogin::Cancel{base::temporary("why")}) == "*\r\n");
  stuck.reply("501 cancelled");
  CHECK(stuck.done->text == "why");
}

TEST_CASE("a reply that nobody asked for ends the login", "[mail][login]") {
  Played greeting(options(RelayTls::none));
  greeting.on(SmtpLogin::Octets{"220 hello\r\n250 early\r\n"});
  CHECK(greeting.done->end == SmtpLogin::End::host);
  auto played = after_tls({AuthMechanism::plain}, "AUTH PLAIN");
  played.answer("x");
  played.on(SmtpLogin::Octets{"235 in\r\n250 more\r\n"});
  CHECK(played.done->end == SmtpLogin::End::host);
}

TEST_CASE("a refused greeting, silence and the end of the connection are trouble of the host", "[mail][login]") {
  for (const SmtpLogin::Event& event :
       {SmtpLogin::Event(SmtpLogin::Octets{"554 go away\r\n"}), SmtpLogin::Event(SmtpLogin::Octets{"421 later\r\n"}),
        SmtpLogin::Event(SmtpLogin::Expired{}), SmtpLogin::Event(SmtpLogin::Closed{}),
        SmtpLogin::Event(SmtpLogin::Octets{"garbage\r\n"})}) {
    Played played(options(RelayTls::none));
    played.on(event);
    REQUIRE(played.done);
    CHECK(played.done->end == SmtpLogin::End::host);
  }
}
