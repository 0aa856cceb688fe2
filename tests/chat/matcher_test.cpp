#include "chat/matcher.h"

#include <catch2/catch.hpp>
#include <random>

namespace {

// Where the text ends in the stream.
std::vector<std::size_t> ends(const std::string& text, const std::string& stream) {
  chat::Matcher matcher(text);
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < stream.size(); ++i) {
    if (matcher.feed(stream[i])) found.push_back(i + 1);
  }
  return found;
}

}  // namespace

TEST_CASE("a text is found wherever the stream ends with it", "[chat][matcher]") {
  using Ends = std::vector<std::size_t>;
  CHECK(ends("aab", "aaab") == Ends{4});
  CHECK(ends("aa", "aaaa") == Ends{2, 3, 4});
  CHECK(ends("ababaca", "abababaca") == Ends{9});
  CHECK(ends("x", "") == Ends{});
  CHECK(ends("", "ab") == Ends{1, 2});
}

TEST_CASE("a reset forgets what was half seen", "[chat][matcher]") {
  chat::Matcher matcher("ab");
  CHECK(!matcher.feed('a'));
  matcher.reset();
  CHECK(!matcher.feed('b'));
}

TEST_CASE("looking at each octet once finds what comparing finds", "[chat][matcher]") {
  std::mt19937 random(7);
  for (int round = 0; round < 500; ++round) {
    std::string text;
    std::string stream;
    for (auto n = 1 + random() % 6; n > 0; --n) text += static_cast<char>('a' + random() % 2);
    for (auto n = random() % 40; n > 0; --n) stream += static_cast<char>('a' + random() % 2);
    std::vector<std::size_t> wanted;
    for (std::size_t end = text.size(); end <= stream.size(); ++end) {
      if (stream.compare(end - text.size(), text.size(), text) == 0) wanted.push_back(end);
    }
    CHECK(ends(text, stream) == wanted);
  }
}
