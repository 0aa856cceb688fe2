#include "mta/sendmail/text_intake.h"

#include <catch2/catch.hpp>

namespace {

// Fed whole, octet by octet and in every two pieces: the same text each time.
std::string intake(const std::string& octets, bool dot_ends) {
  const auto run = [&](std::size_t cut, bool single) {
    mta::TextIntake text_intake(dot_ends);
    std::string text;
    if (single) {
      for (const char c : octets) REQUIRE(text_intake.feed(std::string_view(&c, 1), text));
    } else {
      REQUIRE(text_intake.feed(octets.substr(0, cut), text));
      REQUIRE(text_intake.feed(octets.substr(cut), text));
    }
    text_intake.finish(text);
    return text;
  };
  const auto whole = run(octets.size(), false);
  CHECK(run(0, true) == whole);
  for (std::size_t cut = 0; cut < octets.size(); ++cut) CHECK(run(cut, false) == whole);
  return whole;
}

}  // namespace

TEST_CASE("CR LF, LF and a lone CR end a line", "[sendmail][intake]") {
  CHECK(intake("a\r\nb\nc\rd\r\re\n\r\n", false) == "a\nb\nc\nd\n\ne\n\n");
}

TEST_CASE("a last line without an end gets one", "[sendmail][intake]") {
  CHECK(intake("a", false) == "a\n");
  CHECK(intake("a\r", false) == "a\n");
  CHECK(intake("", false).empty());
}

TEST_CASE("a lone dot ends the message however its line ends", "[sendmail][intake]") {
  for (const char* end : {"\n", "\r\n", "\r"}) CHECK(intake(std::string("a\n.") + end + "b\n", true) == "a\n");
  CHECK(intake(".\nb\n", true).empty());
}

TEST_CASE("a lone dot is text when dots do not end the message", "[sendmail][intake]") {
  CHECK(intake("a\n.\nb\n", false) == "a\n.\nb\n");
}

TEST_CASE("other lines with dots are text", "[sendmail][intake]") {
  CHECK(intake("..\n.a\na.\n. \n", true) == "..\n.a\na.\n. \n");
  CHECK(intake("a\n.", true) == "a\n.\n");
}

TEST_CASE("a NUL is refused unless the message has ended before it", "[sendmail][intake]") {
  std::string text;
  CHECK_FALSE(mta::TextIntake(false).feed(std::string_view("a\0", 2), text));
  mta::TextIntake ended(true);
  CHECK(ended.feed(std::string_view("a\n.\n\0", 5), text));
  CHECK(ended.ended());
}
