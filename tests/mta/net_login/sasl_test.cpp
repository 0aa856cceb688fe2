#include "mta/net/sasl.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <catch2/catch.hpp>

#include "mta/mail/base64.h"

namespace {

using conf::AuthMechanism;
using mail::from_base64;
using mail::to_base64;
using Octets = std::array<unsigned char, 32>;

const conf::RelayHost host{"server.example.com", 143};

net::Credentials credentials(std::string user, std::string_view secret) {
  return {std::move(user), base::Secret(secret)};
}

std::string_view text_of(const Octets& octets) { return {reinterpret_cast<const char*>(octets.data()), octets.size()}; }

Octets hmac(std::string_view key, std::string_view text) {
  Octets out{};
  unsigned length = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
       text.size(), out.data(), &length);
  return out;
}

// RFC 5802 §3, from the server's side, to hold the client's random nonce against.
struct Scram {
  std::string proof;
  std::string signature;
};

Scram scram(std::string_view password, std::string_view salt, int iterations, const std::string& messages) {
  Octets salted{};
  PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()),
                    reinterpret_cast<const unsigned char*>(salt.data()), static_cast<int>(salt.size()), iterations,
                    EVP_sha256(), static_cast<int>(salted.size()), salted.data());
  auto key = hmac(text_of(salted), "Client Key");
  Octets stored{};
  EVP_Digest(key.data(), key.size(), stored.data(), nullptr, EVP_sha256(), nullptr);
  const auto signature = hmac(text_of(stored), messages);
  for (std::size_t i = 0; i < key.size(); ++i) key[i] ^= signature[i];
  const auto server_key = hmac(text_of(salted), "Server Key");
  return {to_base64(text_of(key)), to_base64(text_of(hmac(text_of(server_key), messages)))};
}

}  // namespace

TEST_CASE("PLAIN is RFC 4616's example, at once", "[net][sasl]") {
  const auto who = credentials("tim", "tanstaaftanstaaf");
  auto client = net::SaslClient::begin(AuthMechanism::plain, who, host);
  REQUIRE(client);
  const auto first = client->start();
  REQUIRE(first);
  CHECK(first->bytes == std::string("\0tim\0tanstaaftanstaaf", 21));
  CHECK(first->is_complete);
  CHECK_FALSE(client->answer("more?"));
}

TEST_CASE("CRAM-MD5 is RFC 2195's example, and the server speaks first", "[net][sasl]") {
  const auto who = credentials("tim", "tanstaaftanstaaf");
  auto client = net::SaslClient::begin(AuthMechanism::cram_md5, who, host);
  REQUIRE(client);
  const auto first = client->start();
  REQUIRE(first);
  CHECK_FALSE(first->bytes);
  const auto answer = client->answer("<1896.697170952@postoffice.reston.mci.net>");
  REQUIRE(answer);
  CHECK(answer->bytes == "tim b913a602c7eda7a495b4e6e7334d3890");
  CHECK(answer->is_complete);
}

TEST_CASE("LOGIN answers two questions with user and password", "[net][sasl]") {
  const auto who = credentials("tim", "tanstaaf");
  auto client = net::SaslClient::begin(AuthMechanism::login, who, host);
  REQUIRE(client);
  CHECK_FALSE(client->start()->bytes);
  CHECK(client->answer("Username:")->bytes == "tim");
  const auto last = client->answer("Password:");
  CHECK(last->bytes == "tanstaaf");
  CHECK(last->is_complete);
}

TEST_CASE("SCRAM-SHA-256 gives the proof of RFC 7677's rules and wants the server's", "[net][sasl]") {
  // The example of RFC 7677 §3 holds for the rules that the client is then held against.
  const std::string example_first =
      "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
  const auto example = scram("pencil", *from_base64("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096,
                             "n=user,r=rOprNGfwEbeRWgbNEkqO," + example_first +
                                 ",c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0");
  CHECK(example.proof == "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
  CHECK(example.signature == "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");

  const auto who = credentials("user", "pencil");
  for (const bool is_true : {true, false}) {
    auto client = net::SaslClient::begin(AuthMechanism::scram_sha_256, who, host);
    REQUIRE(client);
    const auto first = client->start();
    REQUIRE(first);
    REQUIRE(first->bytes->starts_with("n,,n=user,r="));
    CHECK_FALSE(first->is_complete);
    const std::string nonce = first->bytes->substr(12) + "%hvYDp";
    const std::string challenge = "r=" + nonce + ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
    const auto wanted = scram("pencil", *from_base64("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096,
                              first->bytes->substr(3) + "," + challenge + ",c=biws,r=" + nonce);
    const auto answer = client->answer(challenge);
    REQUIRE(answer);
    CHECK(*answer->bytes == "c=biws,r=" + nonce + ",p=" + wanted.proof);
    CHECK_FALSE(answer->is_complete);
    const auto end = client->answer("v=" + (is_true ? wanted.signature : example.signature));
    CHECK(end.has_value() == is_true);
    if (end) CHECK(end->is_complete);
  }
}

TEST_CASE("a SCRAM server cannot ask for hours of hashing, nor change our nonce", "[net][sasl]") {
  const auto who = credentials("user", "pencil");
  for (const char* end : {",i=1000001", ",i=99999999999999999999", ",i=x", ""}) {
    auto client = net::SaslClient::begin(AuthMechanism::scram_sha_256, who, host);
    const auto first = client->start();
    CHECK_FALSE(client->answer("r=" + first->bytes->substr(12) + "x,s=W22ZaJ0SNY7soEsUEjb6gQ==" + end));
  }
  auto client = net::SaslClient::begin(AuthMechanism::scram_sha_256, who, host);
  REQUIRE(client->start());
  CHECK_FALSE(client->answer("r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"));
}

TEST_CASE("OAUTHBEARER is RFC 7628's example, and a refusal is answered with its one octet", "[net][sasl]") {
  const auto who = credentials("user@example.com", "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==");
  auto client = net::SaslClient::begin(AuthMechanism::oauthbearer, who, host);
  REQUIRE(client);
  CHECK(to_base64(*client->start()->bytes) ==
        "bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9MTQzAWF1dGg9QmVhcmVyIHZGOWRmdDRxbVRjMk52"
        "YjNSbGNrQmhiSFJoZG1semRHRXVZMjl0Q2c9PQEB");
  CHECK(client->answer("{\"status\":\"invalid_token\"}")->bytes == "\x01");
  const auto odd = credentials("a=b,c", "t");
  CHECK(
      net::SaslClient::begin(AuthMechanism::oauthbearer, odd, host)->start()->bytes->starts_with("n,a=a=3Db=2Cc,\x01"));
}

TEST_CASE("XOAUTH2 is as its inventor documents it, and a refusal is answered with nothing", "[net][sasl]") {
  const auto who = credentials("someuser@example.com", "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg");
  auto client = net::SaslClient::begin(AuthMechanism::xoauth2, who, host);
  REQUIRE(client);
  CHECK(to_base64(*client->start()->bytes) ==
        "dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52YjNSbGNrQmhkSFJoZG1semRHRXVZMjl0"
        "Q2cBAQ==");
  CHECK(client->answer("{}")->bytes == "");
}
