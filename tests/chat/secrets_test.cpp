#include "chat/secrets.h"

#include <catch2/catch.hpp>

namespace {

std::string shown(chat::Secrets& secrets, const std::string& stream) {
  std::string text;
  for (const char c : stream) text += secrets.feed(c);
  return text;
}

const std::string hidden(chat::hidden_text);

}  // namespace

TEST_CASE("without secrets each octet is shown at once", "[chat][secrets]") {
  chat::Secrets secrets;
  CHECK(shown(secrets, "abc") == "abc");
  CHECK(secrets.finish().empty());
}

TEST_CASE("a secret that comes back is hidden and its beginning waits for the rest", "[chat][secrets]") {
  chat::Secrets secrets;
  secrets.add("hush\r");
  CHECK(shown(secrets, "a hus") == "a ");
  CHECK(secrets.feed('h') == hidden);
  CHECK(shown(secrets, "huhush!") == "hu" + hidden + "!");
}

TEST_CASE("of secrets that begin alike the longest is hidden whole", "[chat][secrets]") {
  chat::Secrets secrets;
  secrets.add("ab");
  secrets.add("abcd");
  CHECK(shown(secrets, "ab") == "");
  CHECK(shown(secrets, "cd") == hidden);
  CHECK(shown(secrets, "abcx") == hidden + "cx");
  CHECK(secrets.hide("abcdabab!") == hidden + hidden + hidden + "!");
}

TEST_CASE("what the log knows anyway is shown and the secret goes on behind it", "[chat][secrets]") {
  chat::Secrets secrets;
  secrets.add("Kxyz");
  CHECK(shown(secrets, "OK") == "O");
  CHECK(secrets.release("OK") == "K");
  CHECK(secrets.release("OK").empty());
  CHECK(shown(secrets, "xyz") == hidden);
  CHECK(shown(secrets, "Kx") == "");
  CHECK(secrets.release("x").empty());
  CHECK(shown(secrets, "a") == "Kxa");
}

TEST_CASE("at the end half of a secret is as good as all of it", "[chat][secrets]") {
  chat::Secrets secrets;
  secrets.add("geheim");
  CHECK(shown(secrets, "ge").empty());
  CHECK(secrets.finish() == "ge");
  CHECK(shown(secrets, "geh").empty());
  CHECK(secrets.finish() == hidden);
}

TEST_CASE("nothing is hidden by an empty secret", "[chat][secrets]") {
  chat::Secrets secrets;
  secrets.add("\r");
  CHECK(shown(secrets, "a\rb") == "a\rb");
}
