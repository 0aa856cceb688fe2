#include "mta/mail/header.h"

#include <catch2/catch.hpp>

namespace {

struct Read {
  std::string header;
  std::string body;
  bool failed = false;
};

Read read(const std::string& text, std::size_t piece) {
  mail::HeaderReader reader;
  std::size_t at = 0;
  while (at < text.size() && !reader.complete()) {
    if (!reader.feed(text.substr(at, piece))) return {"", "", true};
    at += std::min(piece, text.size() - at);
  }
  reader.end();
  const auto header = mail::format_header(reader.take_header());
  return {header, reader.take_body() + text.substr(at), false};
}

// The same whole and in pieces of every small size.
void check(const std::string& text, const std::string& header, const std::string& body) {
  for (std::size_t piece = 1; piece <= text.size() + 1; ++piece) {
    const auto got = read(text, piece);
    CHECK_FALSE(got.failed);
    CHECK(got.header == header);
    CHECK(got.body == body);
  }
}

}  // namespace

TEST_CASE("a header ends at its blank line and folding is kept", "[mail][header]") {
  check("Subject: a\n b\n\tc\nTo:x\n\nbody\n\nmore", "Subject: a\n b\n\tc\nTo:x\n", "body\n\nmore");
}

TEST_CASE("the first line that is no field begins the body", "[mail][header]") {
  check("To: x\nno field\nSubject: y\n", "To: x\n", "no field\nSubject: y\n");
  check("just text", "", "just text");
  check(" folded\n", "", " folded\n");
  check(": empty name\n", "", ": empty name\n");
  check("a b: c\n", "", "a b: c\n");
  check("\nbody", "", "body");
}

TEST_CASE("a header without a body is whole at the end of the file", "[mail][header]") {
  check("To: x\nSubject: y\n", "To: x\nSubject: y\n", "");
  check("To: x\nSubject: y", "To: x\nSubject: y\n", "");
  check("To: x\nSubject", "To: x\n", "Subject");
  check("", "", "");
}

TEST_CASE("a leading mbox line is kept as a field and only there", "[mail][header]") {
  check("From joe Mon\nTo: x\n\n", "MBOX-Line: From joe Mon\nTo: x\n", "");
  check("To: x\nFrom joe Mon\n", "To: x\n", "From joe Mon\n");
}

TEST_CASE("blanks before the colon are no part of the name", "[mail][header]") {
  check("Subject : x\n\n", "Subject: x\n", "");
}

TEST_CASE("lines beyond 998 octets are tolerated within the header's bound", "[mail][header]") {
  const std::string line = "X: " + std::string(100'000, 'x') + "\n";
  const auto got = read(line + "\nbody", 65536);
  CHECK(got.header == line);
  CHECK(got.body == "body");
}

TEST_CASE("a header beyond its bound is refused, in one line and in many", "[mail][header]") {
  CHECK(read("X: " + std::string(mail::max_header_bytes, 'x'), 65536).failed);
  std::string many;
  while (many.size() <= mail::max_header_bytes) many += "X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\n";
  CHECK(read(many, 65536).failed);
  CHECK(read(many, many.size()).failed);
  // The bound is the header's: a body may be as long as it likes.
  CHECK_FALSE(read("X: y\n\n" + many, many.size() + 10).failed);
}

TEST_CASE("fields are found without regard to case", "[mail][header]") {
  const mail::Header header{{"SUBJECT", " x"}, {"Subject", " y"}};
  REQUIRE(mail::find_field(header, "subject") != nullptr);
  CHECK(mail::find_field(header, "subject")->value == " x");
  CHECK(mail::find_field(header, "subjec") == nullptr);
}
