#include "chat/matcher.h"

#include <catch2/catch.hpp>
#include <random>
#include <utility>

namespace {

using Strings = std::vector<std::string>;
using Found = std::vector<std::pair<std::size_t, std::size_t>>;  // after so many octets, which string

Found found(const Strings& strings, const std::string& stream) {
  chat::Matcher matcher(strings);
  Found all;
  for (std::size_t i = 0; i < stream.size(); ++i) {
    if (const auto number = matcher.feed(stream[i])) all.emplace_back(i + 1, *number);
  }
  return all;
}

std::string random_text(std::mt19937& random, std::size_t length) {
  std::string text;
  for (std::size_t i = 0; i < length; ++i) text += static_cast<char>('a' + random() % 2);
  return text;
}

}  // namespace

TEST_CASE("a string is found wherever the stream ends with it", "[chat][matcher]") {
  CHECK(found({"aab"}, "aaab") == Found{{4, 0}});
  CHECK(found({"aa"}, "aaaa") == Found{{2, 0}, {3, 0}, {4, 0}});
  CHECK(found({"ababaca"}, "abababaca") == Found{{9, 0}});
  CHECK(found({"x"}, "").empty());
  CHECK(found({}, "abc").empty());
  CHECK(found({std::string("\0\xff", 2)}, std::string("a\0\xff\xff", 4)) == Found{{3, 0}});
}

TEST_CASE("of strings that end on one octet the first counts", "[chat][matcher]") {
  CHECK(found({"CARRIER", "NO CARRIER"}, "NO CARRIER") == Found{{10, 0}});
  CHECK(found({"NO CARRIER", "CARRIER"}, "NO CARRIER") == Found{{10, 0}});
  CHECK(found({"b", "ab", "ab"}, "ab") == Found{{2, 0}});
}

TEST_CASE("an empty string ends every stream", "[chat][matcher]") {
  CHECK(found({""}, "ab") == Found{{1, 0}, {2, 0}});
  CHECK(found({"b", ""}, "ab") == Found{{1, 1}, {2, 0}});
}

TEST_CASE("a reset forgets what was half seen", "[chat][matcher]") {
  chat::Matcher matcher(Strings{"ab"});
  CHECK(!matcher.feed('a'));
  matcher.reset();
  CHECK(!matcher.feed('b'));
}

TEST_CASE("a retired string is not found and half seen ones still are", "[chat][matcher]") {
  chat::Matcher matcher(Strings{"b", "ab", "abc", "b"});
  CHECK(!matcher.feed('a'));
  CHECK(matcher.feed('b') == 0U);
  matcher.retire(0);
  CHECK(matcher.feed('c') == 2U);
  matcher.feed('a');
  CHECK(matcher.feed('b') == 1U);
  matcher.retire(1);
  matcher.feed('a');
  CHECK(matcher.feed('b') == 3U);
}

TEST_CASE("one look at each octet finds what comparing finds", "[chat][matcher]") {
  std::mt19937 random(7);
  for (int round = 0; round < 500; ++round) {
    Strings strings;
    for (auto n = 1 + random() % 5; n > 0; --n) strings.push_back(random_text(random, 1 + random() % 6));
    const auto stream = random_text(random, random() % 40);
    Found wanted;
    for (std::size_t end = 1; end <= stream.size(); ++end) {
      for (std::size_t i = 0; i < strings.size(); ++i) {
        if (!stream.substr(0, end).ends_with(strings[i])) continue;
        wanted.emplace_back(end, i);
        break;
      }
    }
    CHECK(found(strings, stream) == wanted);
  }
}
