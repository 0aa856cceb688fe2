#include "mta/mail/netstring.h"

#include <catch2/catch.hpp>

namespace {

std::string read_all(std::string_view octets, std::size_t piece, std::size_t max_bytes) {
  mail::NetstringParser parser(max_bytes);
  std::string out;
  while (!octets.empty()) {
    auto part = octets.substr(0, piece);
    octets.remove_prefix(part.size());
    while (!part.empty()) {
      const auto taken = parser.feed(part);
      if (!taken) return out + "!";
      part.remove_prefix(*taken);
      if (parser.complete()) out += "[" + parser.take() + "]";
    }
  }
  return out + (parser.at_start() ? "" : "...");
}

}  // namespace

TEST_CASE("netstrings are written and read back, in any pieces", "[mail][netstring]") {
  REQUIRE(mail::netstring("hello world!") == "12:hello world!,");
  REQUIRE(mail::netstring("") == "0:,");
  const std::string two = mail::netstring("hello") + mail::netstring("") + mail::netstring("a,1:b");
  for (const std::size_t piece : {1U, 2U, 3U, 100U}) REQUIRE(read_all(two, piece, 100) == "[hello][][a,1:b]");
}

TEST_CASE("a netstring cut short is not complete", "[mail][netstring]") {
  for (const auto* text : {"5", "5:", "5:hell", "5:hello"}) REQUIRE(read_all(text, 1, 100) == "...");
}

TEST_CASE("malformed netstrings are refused", "[mail][netstring]") {
  for (const auto* text : {":,", "x", "-1:a,", "01:a,", "00:,", "1:ab", "1 :a,", " 1:a,", "0:x"}) {
    CAPTURE(text);
    REQUIRE(read_all(text, 1, 100) == "!");
  }
}

TEST_CASE("a netstring's length is bounded before its octets are taken", "[mail][netstring]") {
  REQUIRE(read_all("10:0123456789,", 100, 10) == "[0123456789]");
  REQUIRE(read_all("11:", 1, 10) == "!");
  REQUIRE(read_all("99999999999999999999999999:", 1, 1000) == "!");
  REQUIRE(read_all("18446744073709551616:", 1, static_cast<std::size_t>(-1)) == "!");
  REQUIRE(read_all("1:a,", 1, 0) == "!");
  REQUIRE(read_all("0:,", 1, 0) == "[]");
}
