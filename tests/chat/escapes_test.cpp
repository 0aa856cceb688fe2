#include "chat/escapes.h"

#include <catch2/catch.hpp>

namespace {

using Kind = chat::SendPiece::Kind;
using namespace std::string_literals;

// What goes out, a pause as <d>, <p>, a break as <K>.
std::string sent(std::string_view word, const chat::Settings& settings = {}) {
  std::string out;
  for (const auto& piece : chat::pieces_of(chat::expand_send(word, settings).text)) {
    switch (piece.kind) {
      case Kind::octet:
        out += static_cast<char>(piece.octet);
        break;
      case Kind::second:
        out += "<d>";
        break;
      case Kind::moment:
        out += "<p>";
        break;
      case Kind::line_break:
        out += "<K>";
        break;
    }
  }
  return out;
}

std::string expected(std::string_view word, const chat::Settings& settings = {}) {
  return chat::expand_expect(word, settings);
}

}  // namespace

TEST_CASE("a send ends in CR unless it ends in backslash c", "[chat][escapes]") {
  CHECK(sent("") == "\r");
  CHECK(sent("ATZ") == "ATZ\r");
  CHECK(sent(R"(ATZ\c)") == "ATZ");
  CHECK(sent(R"(AT\cZ)") == "ATcZ\r");
  CHECK(sent(R"(\\c)") == "\\c\r");
}

TEST_CASE("the table of escapes in a send", "[chat][escapes]") {
  CHECK(sent(R"(\\\b\n\r\t\s\c)") == "\\\b\n\r\t ");
  CHECK(sent(R"(a\db\pc\Kd\c)") == "a<d>b<p>c<K>d");
  CHECK(sent(R"(\N\0\000\c)") == "\0\0\0"s);
  CHECK(sent(R"(\101\7a\377\501\1234\c)") == "A\7a\xff\x41S4"s);
  CHECK(sent(R"(\$\x\-\^\c)") == "$x-^");
  CHECK(sent("a\\") == "a\\\r");
  CHECK(sent(R"(^M^[^a^^^?^@\c)") == "\r\x1b\x01\x1e\x1f");
  CHECK(sent("a^") == "a^\r");
}

TEST_CASE("backslash q hides the send and is not sent", "[chat][escapes]") {
  CHECK(sent(R"(a\qb)") == "ab\r");
  CHECK(chat::expand_send(R"(a\qb)", {}).hidden);
  CHECK(!chat::expand_send(R"(a\\qb)", {}).hidden);
}

TEST_CASE("a value goes through the second step only", "[chat][escapes]") {
  chat::Settings settings;
  CHECK(sent(R"(\T\U)", settings) == "TU\r");
  settings.phone = R"(1\p2^A\s\c)";
  settings.phone2 = "#99";
  CHECK(sent(R"(ATD\T,\U)", settings) == "ATD1<p>2^Asc,#99\r");
  settings.phone = "a\\";
  CHECK(sent(R"(\Td)", settings) == "a<d>\r");
}

TEST_CASE("a dollar takes the longest name of the environment", "[chat][escapes]") {
  chat::Settings settings;
  CHECK(sent("$X", settings) == "$X\r");
  settings.environment = chat::Environment{{"X", "hi"}, {"XY", R"(\d$X)"}};
  CHECK(sent(R"($X-$XY\$X$NONE.$)", settings) == "hi-<d>$X$X.\r");
  CHECK(expected(R"($X\$X$NONE.$)", settings) == "hi$X.");
}

TEST_CASE("the table of escapes in an expect", "[chat][escapes]") {
  CHECK(expected(R"(\\\b\n\r\t\s\$\-\^)") == "\\\b\n\r\t $-^");
  CHECK(expected(R"(\c\d\p\K\N)") == "cdpKN");
  CHECK(expected(R"(a\qb\0c\000d)") == "abcd");
  CHECK(expected(R"(\T\U)") == R"(\T\U)");
  CHECK(expected(R"(\101^M^@^?)") == "A\r\x1f");
  CHECK(expected("a^") == "a^");
  CHECK(expected("a\\") == "a");
}

TEST_CASE("unescaped dashes part an expect", "[chat][escapes]") {
  using Parts = std::vector<std::string>;
  CHECK(chat::split_expect("") == Parts{""});
  CHECK(chat::split_expect("ogin:--ogin:") == Parts{"ogin:", "", "ogin:"});
  CHECK(chat::split_expect(R"(a\-b-c\\-d)") == Parts{R"(a\-b)", R"(c\\)", "d"});
  CHECK(chat::split_expect("-x") == Parts{"", "x"});
  CHECK(chat::split_expect("E1-") == Parts{"E1", ""});
}
