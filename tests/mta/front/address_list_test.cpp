#include "mta/mail/address_list.h"

#include <catch2/catch.hpp>

namespace {

const mail::HostDefaults defaults{"office.example", "default.example", "plus.example"};

std::string list(std::string_view text) {
  const auto addresses = mail::parse_address_list(text, defaults);
  if (!addresses) return "fault: " + addresses.error().text;
  std::string out;
  for (const auto& address : *addresses) out += (out.empty() ? "" : " | ") + address;
  return out;
}

bool refused(std::string_view text) { return list(text).starts_with("fault: "); }

}  // namespace

TEST_CASE("plain addresses are separated by commas and empty elements are passed over", "[mail][address_list]") {
  CHECK(list("a@b.c") == "a@b.c");
  CHECK(list(" a@b.c,\n d@e.f ,, ,") == "a@b.c | d@e.f");
  CHECK(list("").empty());
}

TEST_CASE("display names are names whatever they hold", "[mail][address_list]") {
  CHECK(list("Joe <a@b.c>, \"Doe, J. (x)\" <d@e.f>") == "a@b.c | d@e.f");
  CHECK(list("J. R. Shmoe <a@b.c>") == "a@b.c");
  CHECK(list("=?utf-8?q?J=C3=BC?= <a@b.c>") == "a@b.c");
  CHECK(list("J\xc3\xbc <a@b.c>") == "a@b.c");
}

TEST_CASE("comments nest and stand anywhere", "[mail][address_list]") {
  CHECK(list("a@b.c (Joe (of \\) x) there)") == "a@b.c");
  CHECK(list("(x) a (y) @ (z) b (,) . c") == "a@b.c");
}

TEST_CASE("quoted local parts are unquoted", "[mail][address_list]") {
  CHECK(list("\"a b\"@c.d") == "a b@c.d");
  CHECK(list("\"a\\\"b\"@c.d") == "a\"b@c.d");
  CHECK(list("\"a,b@x\"@c.d") == "a,b@x@c.d");
  CHECK(list("joe\\ x@c.d") == "joe x@c.d");
  CHECK(list("a.\"b c\".d@e.f") == "a.b c.d@e.f");
}

TEST_CASE("groups give their members and source routes are dropped", "[mail][address_list]") {
  CHECK(list("Friends: a@b.c, Joe <d@e.f>;, g@h.i") == "a@b.c | d@e.f | g@h.i");
  CHECK(list("undisclosed recipients:;").empty());
  CHECK(list("<@x.y,@z.w:a@b.c>") == "a@b.c");
}

TEST_CASE("incomplete addresses are completed", "[mail][address_list]") {
  CHECK(list("joe") == "joe@office.example");
  CHECK(list("<joe>") == "joe@office.example");
  CHECK(list("joe.doe") == "joe.doe@office.example");
  CHECK(list("joe@mail") == "joe@mail.default.example");
  CHECK(list("joe@mail+") == "joe@mail.plus.example");
  CHECK(list("joe@b.c.") == "joe@b.c");
  CHECK(list("joe@[127.0.0.1]") == "joe@[127.0.0.1]");
}

TEST_CASE("what is no address list is refused", "[mail][address_list]") {
  for (const char* bad :
       {"a b@c.d", "a@", "@b.c", "<>", "a@b@c", "<a@b.c", "a@b.c>", "a@b.c> x", "<a@b.c> x", "(open", "\"open", "a)",
        "a@[1.2.3.4", "x: y: z;", "<@x.y a@b.c>", "a@b c", "a, b c, d", "a@b.c d@e.f"}) {
    INFO(bad);
    CHECK(refused(bad));
  }
}

TEST_CASE("no address with a control character or beyond 1000 octets comes out", "[mail][address_list]") {
  CHECK(refused("\"a\tb\"@c.d"));
  CHECK(
      refused("a\x01"
              "b@c.d"));
  CHECK(refused(std::string(1000, 'x') + "@b.c"));
  CHECK_FALSE(refused(std::string(990, 'x') + "@b.c"));
  CHECK(list("\"a\n b\"@c.d") == "a b@c.d");  // a fold, not an octet of the string
}

TEST_CASE("a phrase is bare, quoted or encoded", "[mail][address_list]") {
  CHECK(mail::format_phrase("Joe Doe") == "Joe Doe");
  CHECK(mail::format_phrase("Joe Q. \"Doe\"") == "\"Joe Q. \\\"Doe\\\"\"");
  CHECK(mail::format_phrase("J\xc3\xbcrgen X") == "=?utf-8?q?J=C3=BCrgen_X?=");
  CHECK(mail::format_phrase("a\nBcc: x") == "=?utf-8?q?a=0ABcc=3A_x?=");
}

TEST_CASE("an encoded word is at most 75 octets and never cuts a character", "[mail][address_list]") {
  std::string name;
  for (int i = 0; i < 50; ++i) name += "\xf0\x9f\x93\x9e";
  std::string phrase = mail::format_phrase(name);
  std::string decoded;
  while (!phrase.empty()) {
    const auto word = phrase.substr(0, phrase.find(' '));
    phrase.erase(0, word.size() + 1);
    CHECK(word.size() <= 75);
    CHECK(word.ends_with("=F0=9F=93=9E?="));
  }
}

TEST_CASE("an address that no SMTP path can say is refused when it is written, not when the line is up",
          "[mail][address_list]") {
  CHECK(refused("<j@[127>0.0.1]>"));
  CHECK(list("<j@[127.0.0.1]>") == "j@[127.0.0.1]");
}
