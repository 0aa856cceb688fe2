#include "mta/mail/address.h"

#include <catch2/catch.hpp>

#include <string>

using mail::Address;

namespace {

Address envelope(std::string_view text) { return Address::from_envelope(text).value(); }

}  // namespace

TEST_CASE("a path is read into its unquoted parts", "[mail][address]") {
  const auto address = mail::parse_path("<joe@office.example>").value();
  REQUIRE(address.local() == "joe");
  REQUIRE(address.domain() == "office.example");
  REQUIRE(mail::parse_path("<>").value().is_null());
  REQUIRE(mail::parse_path("<postmaster>").value().to_envelope() == "postmaster");
  REQUIRE(mail::parse_path("<-f@office.example>").value().local() == "-f");
}

TEST_CASE("quoting is undone in memory and done again on output", "[mail][address]") {
  const auto address = mail::parse_path(R"(<"a \"b\" \\ c"@x.example>)").value();
  REQUIRE(address.local() == R"(a "b" \ c)");
  REQUIRE(mail::to_smtp(address) == R"(<"a \"b\" \\ c"@x.example>)");
  REQUIRE(mail::parse_path(R"(<a\ b@x.example>)").value().local() == "a b");
  REQUIRE(mail::parse_path(R"(<a."b c".d@x.example>)").value().local() == "a.b c.d");
}

TEST_CASE("a local part is quoted exactly where it must be", "[mail][address]") {
  for (const auto* plain : {"joe", "a.b", "!#$%&'*+-/=?^_`{|}~09azAZ", "-oi"}) {
    CAPTURE(plain);
    REQUIRE(mail::to_smtp(envelope(plain + std::string("@x.example"))) == "<" + std::string(plain) + "@x.example>");
  }
  for (const auto* odd : {"", ".a", "a.", "a..b", "a b", "a@b", "a,b", "(a)", "<a>", "\xe9", "a:b"}) {
    CAPTURE(odd);
    REQUIRE(mail::to_smtp(envelope(odd + std::string("@x.example"))) == "<\"" + std::string(odd) + "\"@x.example>");
  }
}

TEST_CASE("the domain of an envelope address stands behind its last @", "[mail][address]") {
  REQUIRE(envelope("a@b@c.example").local() == "a@b");
  REQUIRE(envelope("#@[]").domain() == "[]");
  REQUIRE(envelope("list-@host.example-@[]").local() == "list-@host.example-");
  REQUIRE(envelope("").is_null());
  REQUIRE(envelope("list-@host.example-@[]").to_envelope() == "list-@host.example-@[]");
}

TEST_CASE("source routes are dropped", "[mail][address]") {
  REQUIRE(mail::parse_path("<@a.example,@b.example:joe@c.example>").value() == envelope("joe@c.example"));
  REQUIRE_FALSE(mail::parse_path("<@a.example joe@c.example>"));
  REQUIRE_FALSE(mail::parse_path("<@a.example:>"));
}

TEST_CASE("address literals are domains", "[mail][address]") {
  REQUIRE(mail::parse_path("<joe@[192.0.2.1]>").value().domain() == "[192.0.2.1]");
  REQUIRE(mail::parse_path("<joe@[IPv6:2001:db8::1]>").value().domain() == "[IPv6:2001:db8::1]");
  REQUIRE_FALSE(mail::parse_path("<joe@[192.0.2.1>"));
  REQUIRE_FALSE(mail::parse_path("<joe@a[b]>"));
}

TEST_CASE("no address holds a control character", "[mail][address]") {
  for (const char c : {'\r', '\n', '\0', '\t', '\x1b', '\x7f'}) {
    CAPTURE(static_cast<int>(c));
    const std::string text = std::string("a") + c + "b@x.example";
    REQUIRE_FALSE(Address::from_envelope(text));
    REQUIRE_FALSE(mail::parse_path("<" + text + ">"));
    REQUIRE_FALSE(mail::parse_path(std::string("<\"a") + c + "b\"@x.example>"));
    REQUIRE_FALSE(mail::parse_path(std::string("<\"a\\") + c + "b\"@x.example>"));
    REQUIRE_FALSE(mail::parse_return_path("<" + text + ">"));
    REQUIRE_FALSE(Address::from_envelope(std::string("a@x") + c + ".example"));
  }
}

TEST_CASE("an address of 1000 octets is taken and one of 1001 refused", "[mail][address]") {
  const std::string host = "@x.example";
  const std::string fits = std::string(mail::max_address_bytes - host.size(), 'a') + host;
  REQUIRE(Address::from_envelope(fits));
  REQUIRE(mail::parse_path("<" + fits + ">"));
  REQUIRE_FALSE(Address::from_envelope("a" + fits));
  REQUIRE_FALSE(mail::parse_path("<a" + fits + ">"));
  REQUIRE_FALSE(Address::from_envelope(std::string(2000, 'a')));
}

TEST_CASE("malformed paths are refused", "[mail][address]") {
  for (const auto* bad : {"", "joe@x", "<joe@x", "joe@x>", "<joe@>", "<@>", "<@x.example>", "<joe@x>y", "<a b@x>",
                          "<a@b@c>", "<\"a@x>", "<a\\", "<joe@x y>", "<joe@x>>", "<<joe@x>"}) {
    CAPTURE(bad);
    REQUIRE_FALSE(mail::parse_path(bad));
  }
}

TEST_CASE("an @ in quotes without a domain is refused", "[mail][address]") {
  // Unquoted it would be an address at a domain that nobody has checked.
  REQUIRE_FALSE(mail::parse_path("<\"joe@elsewhere.example\">"));
  REQUIRE_FALSE(mail::parse_return_path("<\"joe@elsewhere.example\">"));
}

TEST_CASE("a path prefix says where the path ended", "[mail][address]") {
  const auto prefix = mail::parse_path_prefix("<\"a>b\"@x.example> SIZE=3").value();
  REQUIRE(prefix.address.local() == "a>b");
  REQUIRE(prefix.length == 17);
}

TEST_CASE("a return path is unquoted where it was quoted, and taken as it stands where it was not", "[mail][address]") {
  REQUIRE(mail::parse_return_path("<\"a b\"@x.example>").value().local() == "a b");
  REQUIRE(mail::parse_return_path("<a b@x.example>").value().local() == "a b");
  REQUIRE(mail::parse_return_path("<list-@host.example-@[]>").value().to_envelope() == "list-@host.example-@[]");
  REQUIRE(mail::parse_return_path("<>").value().is_null());
  REQUIRE_FALSE(mail::parse_return_path("joe@x.example"));
  REQUIRE_FALSE(mail::parse_return_path("<"));
}

TEST_CASE("a mailbox is read without brackets", "[mail][address]") {
  REQUIRE(mail::parse_mailbox("\"a b\"@x.example").value().local() == "a b");
  REQUIRE(mail::to_mailbox(envelope("a b@x.example")) == "\"a b\"@x.example");
  REQUIRE(mail::to_mailbox(Address()).empty());
  REQUIRE_FALSE(mail::parse_mailbox("a b@x.example"));
  REQUIRE_FALSE(mail::parse_mailbox(""));
}
