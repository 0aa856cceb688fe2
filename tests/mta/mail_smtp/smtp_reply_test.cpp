#include "mta/mail/smtp_reply.h"

#include <catch2/catch.hpp>

namespace {

// Feeds everything; the failure's text, or the codes and last lines read.
std::string parsed(std::string_view octets, std::size_t piece = 1) {
  mail::ReplyParser parser;
  std::string out;
  while (!octets.empty()) {
    auto part = octets.substr(0, piece);
    octets.remove_prefix(part.size());
    while (!part.empty()) {
      const auto taken = parser.feed(part);
      if (!taken) return taken.error().text;
      part.remove_prefix(*taken);
      if (parser.complete()) out += "[" + parser.take().last_line + "]";
    }
  }
  return out + (parser.at_start() ? "" : "...");
}

mail::Reply one(std::string_view octets) {
  mail::ReplyParser parser;
  REQUIRE(parser.feed(octets).value() == octets.size());
  REQUIRE(parser.complete());
  return parser.take();
}

}  // namespace

TEST_CASE("a reply keeps its code, all its lines and its last one", "[mail][reply]") {
  const auto reply = one("250-office.example\r\n250-SIZE 1000\r\n250 PIPELINING\r\n");
  REQUIRE(reply.code == 250);
  REQUIRE(reply.text == "250-office.example\n250-SIZE 1000\n250 PIPELINING");
  REQUIRE(reply.last_line == "250 PIPELINING");
  REQUIRE(reply.positive());
}

TEST_CASE("the enhanced status code is read where it agrees with the reply", "[mail][reply]") {
  REQUIRE(one("550 5.1.1 no such user\r\n").enhanced == "5.1.1");
  REQUIRE(one("250 2.0.0\r\n").enhanced == "2.0.0");
  REQUIRE(one("550 4.1.1 confused\r\n").enhanced.empty());
  REQUIRE(one("550 5.1 short\r\n").enhanced.empty());
  REQUIRE(one("550 5.1.1x long\r\n").enhanced.empty());
  REQUIRE(one("550 5.1234.1 long\r\n").enhanced.empty());
  REQUIRE(one("550 5..1 empty\r\n").enhanced.empty());
  REQUIRE(one("550\r\n").enhanced.empty());
}

TEST_CASE("replies are the same in any pieces", "[mail][reply]") {
  for (const std::size_t piece : {1U, 2U, 5U, 1000U}) {
    REQUIRE(parsed("220-a\r\n220 b\r\n250 ok\r\n354\r\n", piece) == "[220 b][250 ok][354]");
  }
  REQUIRE(parsed("250 ok\n") == "[250 ok]");
  REQUIRE(parsed("250-ok\r\n") == "...");
  REQUIRE(parsed("25") == "...");
}

TEST_CASE("the parser takes no octet of the next reply", "[mail][reply]") {
  mail::ReplyParser parser;
  REQUIRE(parser.feed("250 a\r\n550 b\r\n").value() == 7);
  REQUIRE(parser.feed("550 b\r\n").value() == 0);
  REQUIRE(parser.take().code == 250);
  REQUIRE(parser.at_start());
}

TEST_CASE("what is no reply is a protocol violation", "[mail][reply]") {
  for (const auto* bad : {"\r\n", "25\r\n", "hello\r\n", "199 a\r\n", "600 a\r\n", "000 a\r\n", "100 a\r\n", "220x\r\n",
                          "2200 a\r\n", " 220 a\r\n", "2 0 a\r\n", "250_a\r\n"}) {
    CAPTURE(bad);
    REQUIRE(parsed(bad) == "protocol violation: malformed reply");
  }
  REQUIRE(parsed("250-a\r\n550 b\r\n") == "protocol violation: reply with different codes");
  REQUIRE(parsed("250-a\r\n251 b\r\n") == "protocol violation: reply with different codes");
  REQUIRE(parsed("250-a\r\nmore\r\n") == "protocol violation: malformed reply");
}

TEST_CASE("a reply line of 2000 octets is read and a longer one refused", "[mail][reply]") {
  const std::string fits = "250 " + std::string(mail::max_reply_line_bytes - 5, 'a');
  REQUIRE(parsed(fits + "\r\n", 7) == "[" + fits + "]");
  REQUIRE(parsed(fits + "aa\r\n", 7) == "protocol violation: over-long reply line");
}

TEST_CASE("a reply of 10 MB is refused after 64 KiB", "[mail][reply]") {
  mail::ReplyParser parser;
  const std::string line = "250-" + std::string(996, 'a') + "\r\n";
  std::size_t fed = 0;
  for (; fed < 10'000'000; fed += line.size()) {
    const auto taken = parser.feed(line);
    if (taken) continue;
    REQUIRE(taken.error().text == "protocol violation: over-long reply");
    break;
  }
  REQUIRE(fed <= mail::max_reply_bytes);
}
