#include "chat/script.h"

#include <catch2/catch.hpp>

namespace {

std::vector<std::string> words_of(const std::string& text) {
  const auto script = chat::parse_script(text, "SCRIPT");
  REQUIRE(script);
  std::vector<std::string> words;
  for (const auto& word : script->words) words.push_back(word.text);
  return words;
}

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("blanks, tabs and line ends separate words", "[chat][script]") {
  CHECK(words_of("ABORT BUSY\n\t\"\"  ATZ\nOK") == Words{"ABORT", "BUSY", "", "ATZ", "OK"});
  CHECK(words_of("") == Words{});
  CHECK(words_of("\n\n") == Words{});
}

TEST_CASE("a number sign makes a comment in the first column only", "[chat][script]") {
  CHECK(words_of("# a b\nx #y\n #z") == Words{"x", "#y", "#z"});
}

TEST_CASE("a closing quote ends the word", "[chat][script]") {
  CHECK(words_of("\"AB\"CD") == Words{"AB", "CD"});
  CHECK(words_of("'a \"b' \"c 'd\"") == Words{"a \"b", "c 'd"});
  CHECK(words_of("i\"j k'l") == Words{"i\"j", "k'l"});
}

TEST_CASE("a backslash protects the next character in quotes and stays", "[chat][script]") {
  CHECK(words_of(R"("a\"b" 'c\'d')") == Words{R"(a\"b)", R"(c\'d)"});
  CHECK(words_of(R"(a\ b)") == Words{R"(a\)", "b"});
}

TEST_CASE("a CR belongs to its word", "[chat][script]") {
  CHECK(words_of("\"\" A\r\n\r\nB") == Words{"", "A\r", "\r", "B"});
}

TEST_CASE("a quote that stays open fails with file and line and nothing is sent", "[chat][script]") {
  const auto script = chat::parse_script("\"\" ATZ\nOK \"ATD\n\"", "chat/provider");
  REQUIRE(!script);
  CHECK(script.error().kind == base::FailureKind::permanent);
  CHECK(script.error().text == "chat/provider:2: unterminated quote");
  CHECK(!chat::parse_script("'a\\'", "x"));
  CHECK(!chat::parse_script("\"a\\", "x"));
}

TEST_CASE("each word knows its line", "[chat][script]") {
  const auto script = chat::parse_script("# one\na\n\nb c", "x");
  REQUIRE(script);
  REQUIRE(script->words.size() == 3);
  CHECK(script->words[0].line == 2);
  CHECK(script->words[1].line == 4);
  CHECK(script->words[2].line == 4);
}

TEST_CASE("a word over the border of a long line is cut", "[chat][script]") {
  const auto words = words_of("a " + std::string(1100, 'b') + " c");
  REQUIRE(words.size() == 4);
  CHECK(words[1].size() == chat::max_line_bytes - 2);
  CHECK(words[2].size() == 1100 - (chat::max_line_bytes - 2));
}

TEST_CASE("a script has a bound", "[chat][script]") {
  CHECK(!chat::parse_script(std::string(chat::max_script_bytes + 1, ' '), "x"));
}

TEST_CASE("each argument is a word", "[chat][script]") {
  const auto script = chat::script_of_words({"", "# a \"b"});
  REQUIRE(script.words.size() == 2);
  CHECK(script.words[1].text == "# a \"b");
  CHECK(script.words[1].line == 0);
}
