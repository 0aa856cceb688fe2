#include "conf/relay.h"

#include <catch2/catch.hpp>

#include "tests/mta/mail_store/scratch.h"

namespace {

using conf::AuthMechanism;
using Lines = std::vector<std::string>;

conf::RelayProfile read_good(std::string_view text) {
  auto file = conf::TomlFile::parse(text, "r.toml");
  REQUIRE(file);
  auto relay = conf::read_relay(file->top());
  INFO((file->faults().empty() ? std::string() : file->faults().front()));
  REQUIRE(file->finish());
  return relay;
}

Lines faults_of(std::string_view text) {
  auto file = conf::TomlFile::parse(text, "r.toml");
  REQUIRE(file);
  conf::read_relay(file->top());
  return file->faults();
}

}  // namespace

TEST_CASE("a relay needs its hosts, and without other words means STARTTLS and no login", "[conf][relay]") {
  const auto relay = read_good("hosts = [\"mail.example\"]\n");
  CHECK(relay.tls == conf::RelayTls::starttls);
  CHECK(relay.hosts == std::vector<conf::RelayHost>{{"mail.example", 587}});
  CHECK_FALSE(relay.auth);
  CHECK(faults_of("tls = \"starttls\"\n") == Lines{"r.toml:1: hosts is missing"});
}

TEST_CASE("a port that is not given is the one of the kind of TLS", "[conf][relay]") {
  CHECK(read_good("hosts = [\"a\"]\ntls = \"implicit\"\n").hosts[0].port == 465);
  CHECK(read_good("hosts = [\"a\"]\ntls = \"none\"\n").hosts[0].port == 25);
  CHECK(read_good("hosts = [\"a:2525\"]\ntls = \"none\"\n").hosts[0].port == 2525);
}

TEST_CASE("hosts are names and addresses with or without a port, and nothing else", "[conf][relay]") {
  CHECK(conf::parse_relay_host("192.0.2.1", 587) == conf::RelayHost{"192.0.2.1", 587});
  CHECK(conf::parse_relay_host("[2001:db8::1]:25", 587) == conf::RelayHost{"2001:db8::1", 25});
  CHECK(conf::parse_relay_host("[2001:db8::1]", 587)->text() == "[2001:db8::1]:587");
  for (const char* text : {"", ":25", "a:", "a:0", "a:65536", "a:2x", "[::1", "[::1]25", "a b", "a:1:2", "[]:25"}) {
    INFO(text);
    CHECK_FALSE(conf::parse_relay_host(text, 587));
  }
}

TEST_CASE("a login without a list allows every mechanism for a password, strongest first", "[conf][relay]") {
  const auto relay = read_good("hosts = [\"a\"]\n[auth]\nuser = \"u\"\nsecret = \"s\"\n");
  REQUIRE(relay.auth);
  CHECK(relay.auth->mechanisms ==
        std::vector{AuthMechanism::scram_sha_256, AuthMechanism::cram_md5, AuthMechanism::plain, AuthMechanism::login});
  const auto fewer =
      read_good("hosts = [\"a\"]\n[auth]\nuser = \"u\"\nsecret = \"s\"\nmechanisms = [\"plain\", \"cram-md5\"]\n");
  CHECK(fewer.auth->mechanisms == std::vector{AuthMechanism::cram_md5, AuthMechanism::plain});
}

TEST_CASE("a token is for OAuth's mechanisms and a password for the others", "[conf][relay]") {
  const std::string head = "hosts = [\"a\"]\n[auth]\nuser = \"u\"\n";
  CHECK(read_good(head + "token = [\"get-token\", \"-x\"]\n").auth->mechanisms ==
        std::vector{AuthMechanism::oauthbearer, AuthMechanism::xoauth2});
  CHECK(faults_of(head + "token = [\"t\"]\nmechanisms = [\"plain\"]\n") ==
        Lines{"r.toml:5: auth.mechanisms names plain, which is of no use for a token"});
  CHECK(faults_of(head + "secret = \"s\"\nmechanisms = [\"xoauth2\"]\n") ==
        Lines{"r.toml:5: auth.mechanisms names xoauth2, which needs the key token"});
  CHECK(faults_of(head + "secret = \"s\"\ntoken = [\"t\"]\n") ==
        Lines{"r.toml:5: auth.token and secret are both there: one of them"});
  CHECK(faults_of(head + "token = []\n") == Lines{"r.toml:4: auth.token names no program"});
}

TEST_CASE("a login that could only send its secret in the clear is a fault unless it is allowed", "[conf][relay]") {
  const std::string text =
      "hosts = [\"a\"]\ntls = \"none\"\n[auth]\nuser = \"u\"\nsecret = \"s\"\nmechanisms = [\"plain\"]\n";
  CHECK(faults_of(text) == Lines{"r.toml:6: auth.mechanisms would all send the secret in the clear: tls is \"none\""});
  CHECK(read_good(text + "plain_without_tls = true\n").auth->plain_without_tls);
}

TEST_CASE("misspelt keys and words of a relay are named with line and nearest key", "[conf][relay]") {
  CHECK(faults_of("hosts = [\"a\"]\nhello = \"x\"\ntls = \"startls\"\n[auth]\nuser = \"u\"\nsecrt = \"x\"\n") ==
        Lines{"r.toml:2: hello is no key that is known here; did you mean helo?",
              "r.toml:3: tls must be one of none, starttls, implicit, not \"startls\"; did you mean starttls?",
              "r.toml:6: auth.secrt is no key that is known here; did you mean secret?"});
  CHECK(faults_of("hosts = [\"a b\"]\nhelo = \"x y\"\n").size() == 2);
}

TEST_CASE("a relative path of a relay is one below the configuration's folder", "[conf][relay]") {
  const Scratch scratch;
  conf::Places places;
  places.config = scratch.path("etc");
  scratch.write("etc/relays/home.toml", "hosts = [\"a\"]\nca = \"ca.pem\"\n[auth]\nuser = \"u\"\nsecret = \"/x\"\n");
  const auto relay = conf::load_relay(places, "home");
  REQUIRE(relay);
  CHECK(relay->ca == places.config + "/ca.pem");
  CHECK(relay->auth->secret == "/x");
  const auto other = conf::load_relay(places, "hom");
  REQUIRE_FALSE(other);
  CHECK(other.error().text.ends_with("; did you mean home?"));
}
