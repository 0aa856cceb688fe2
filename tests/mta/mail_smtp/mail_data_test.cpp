#include "mta/mail/mail_data.h"

#include <catch2/catch.hpp>

#include <string>

using mail::DataDecoder;

namespace {

std::string encoded(std::string_view text, std::size_t piece) {
  mail::DataEncoder encoder;
  std::string out;
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size()))) {
    REQUIRE(encoder.feed(text.substr(0, piece), out));
  }
  encoder.finish(out);
  return out;
}

mail::DataCounter counted(std::string_view text, std::size_t piece) {
  mail::DataCounter counter;
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size()))) counter.feed(text.substr(0, piece));
  return counter;
}

struct Decoded {
  std::string text;
  std::size_t taken = 0;
  DataDecoder::Fault fault = DataDecoder::Fault::none;
  bool ended = false;
  std::uint64_t octets = 0;
};

Decoded decoded(std::string_view octets, std::size_t piece) {
  DataDecoder decoder;
  Decoded out;
  while (!octets.empty() && !decoder.ended()) {
    const auto part = octets.substr(0, piece);
    const auto taken = decoder.feed(part, out.text);
    out.taken += taken;
    REQUIRE((taken == part.size() || decoder.ended()));
    octets.remove_prefix(taken);
  }
  out.fault = decoder.fault();
  out.ended = decoder.ended();
  out.octets = decoder.octets();
  return out;
}

struct Case {
  std::string_view text;
  std::string_view wire;
};

const Case cases[] = {
    {"", ".\r\n"},
    {"a\n", "a\r\n.\r\n"},
    {"a", "a\r\n.\r\n"},
    {"a\r\n", "a\r\n.\r\n"},
    {"a\rb\n", "a\r\nb\r\n.\r\n"},
    {"a\r", "a\r\n.\r\n"},
    {"a\r\r\nb\n", "a\r\n\r\nb\r\n.\r\n"},
    {"a\n\rb\n", "a\r\n\r\nb\r\n.\r\n"},
    {"\n\n", "\r\n\r\n.\r\n"},
    {"\r\r", "\r\n\r\n.\r\n"},
    {".\n", "..\r\n.\r\n"},
    {"..\n.a\nb.\n", "...\r\n..a\r\nb.\r\n.\r\n"},
    {"a\r.\rb\n", "a\r\n..\r\nb\r\n.\r\n"},
    {".", "..\r\n.\r\n"},
    {"\xe9\n", "\xe9\r\n.\r\n"},
};

}  // namespace

TEST_CASE("every kind of line end leaves as CR LF, dots doubled and the last line ended", "[mail][data]") {
  for (const auto& [text, wire] : cases) {
    for (const std::size_t piece : {1U, 2U, 3U, 1000U}) {
      CAPTURE(text, piece);
      REQUIRE(encoded(text, piece) == wire);
    }
  }
}

TEST_CASE("a NUL is refused before it leaves", "[mail][data]") {
  mail::DataEncoder encoder;
  std::string out;
  const auto fed = encoder.feed(std::string_view("ab\0c", 4), out);
  REQUIRE_FALSE(fed);
  REQUIRE(fed.error().kind == base::FailureKind::permanent);
  REQUIRE(out == "ab");
}

TEST_CASE("the counter gives the size on the wire without doubled dots and the final dot", "[mail][data]") {
  for (const auto& [text, wire] : cases) {
    const auto back = decoded(wire, 1000);
    REQUIRE(back.ended);
    for (const std::size_t piece : {1U, 2U, 1000U}) {
      CAPTURE(text, piece);
      REQUIRE(counted(text, piece).octets() == back.octets);
    }
  }
  REQUIRE(counted("a.b\n", 1).octets() == 5);
}

TEST_CASE("the counter sees 8-bit octets and NUL", "[mail][data]") {
  REQUIRE(counted("caf\xc3\xa9\n", 2).eight_bit());
  REQUIRE_FALSE(counted("cafe\n", 2).eight_bit());
  REQUIRE(counted(std::string_view("a\0b", 3), 2).has_nul());
  REQUIRE_FALSE(counted("ab", 2).has_nul());
}

TEST_CASE("what is encoded is decoded again as the same text", "[mail][data]") {
  const std::string text = "From: a\n\n.\n..\n...x\nlong line " + std::string(5000, 'x') + "\n\xff\xfe\n\n";
  for (const std::size_t piece : {1U, 7U, 100000U}) {
    const auto back = decoded(encoded(text, piece), piece);
    REQUIRE(back.text == text);
    REQUIRE(back.ended);
    REQUIRE(back.fault == DataDecoder::Fault::none);
  }
}

TEST_CASE("the decoder takes nothing behind the final dot", "[mail][data]") {
  const std::string_view octets = "a\r\n.\r\nRSET\r\n";
  for (const std::size_t piece : {1U, 2U, 3U, 100U}) {
    const auto back = decoded(octets, piece);
    REQUIRE(back.ended);
    REQUIRE(back.taken == 6);
    REQUIRE(back.text == "a\n");
  }
}

TEST_CASE("only CR LF dot CR LF ends mail data, and anything near it is a fault", "[mail][data]") {
  struct Smuggled {
    std::string_view octets;
    DataDecoder::Fault fault;
  };
  using enum DataDecoder::Fault;
  const Smuggled tries[] = {
      {"a\n.\nb", bare_lf},        {"a\n.\r\nb", bare_lf}, {"a\r\n.\nb", bare_lf},
      {"a\r.\rb", bare_cr},        {"a\r.\r\nb", bare_cr}, {"a\r\n.\rb", bare_cr},
      {"a\r\n.\r.\r\nb", bare_cr}, {"a\r\r\n.b", bare_cr}, {{"a\r\n\0.\r\nb", 8}, nul},
      {{"a\r\n.\0\r\nb", 8}, nul}, {"\nb", bare_lf},       {"\rb", bare_cr},
      {".\nb", bare_lf},           {".\rb", bare_cr},
  };
  for (const auto& [octets, fault] : tries) {
    const std::string all = std::string(octets) + "\r\nRSET\r\n.\r\nNOOP\r\n";
    for (const std::size_t piece : {1U, 2U, 100U}) {
      CAPTURE(octets, piece);
      const auto back = decoded(all, piece);
      REQUIRE(back.fault == fault);
      REQUIRE(back.ended);
      REQUIRE(all.substr(back.taken) == "NOOP\r\n");
      REQUIRE(back.text.find("RSET") == std::string::npos);
    }
  }
}

TEST_CASE("a dot alone as the first line ends an empty message", "[mail][data]") {
  const auto back = decoded(".\r\n", 1);
  REQUIRE(back.ended);
  REQUIRE(back.text.empty());
}

TEST_CASE("hops are counted in the header alone", "[mail][data]") {
  const std::string text =
      "Received: by a\nRECEIVED: by b\n\tfrom c\nDelivered-To: x\nReceived-SPF: none\nX: Received: no\n\nReceived: in "
      "body\n";
  for (const std::size_t piece : {1U, 5U, 1000U}) {
    mail::HopCounter counter;
    std::string_view rest = text;
    for (; !rest.empty(); rest.remove_prefix(std::min<std::size_t>(piece, rest.size())))
      counter.feed(rest.substr(0, piece));
    REQUIRE(counter.hops() == 3);
  }
}

TEST_CASE("counted mail data are the dotted ones without their added dots, and as many as were counted",
          "[mail][smtp][data]") {
  const std::string text = ".a\n..b\r\n\r.c\n\n.";
  mail::DataCounter counter;
  counter.feed(text);
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    mail::DataEncoder encoder(mail::Framing::counted);
    std::string out;
    REQUIRE(encoder.feed(std::string_view(text).substr(0, cut), out));
    REQUIRE(encoder.feed(std::string_view(text).substr(cut), out));
    encoder.finish(out);
    REQUIRE(out == ".a\r\n..b\r\n\r\n.c\r\n\r\n.\r\n");
    REQUIRE(out.size() == counter.octets());
  }
  mail::DataEncoder empty(mail::Framing::counted);
  std::string nothing;
  empty.finish(nothing);
  REQUIRE(nothing.empty());
}
