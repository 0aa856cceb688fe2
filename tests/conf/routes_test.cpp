#include "conf/routes.h"

#include <catch2/catch.hpp>

namespace {

base::Result<conf::Routes> parse(std::string_view text) { return conf::parse_routes(text, "routes", "/spool"); }

std::string fault(std::string_view text) {
  const auto routes = parse(text);
  return routes ? "no fault" : routes.error().text;
}

}  // namespace

TEST_CASE("a route has a domain, a spool, a prefix and perhaps a relay", "[conf][routes]") {
  const auto routes =
      parse("# comment\n\n  *\tprovider alias-ppp- Mail.Example:2525\nx.org /var/spool/x -\ny.org y - -\n");
  REQUIRE(routes);
  const auto& all = routes->all();
  REQUIRE(all.size() == 3);
  CHECK(all[0].pattern == "*");
  CHECK(all[0].spool == "/spool/provider");
  CHECK(all[0].spool_name == "provider");
  CHECK(all[0].prefix == "alias-ppp-");
  CHECK(all[0].relay_host == "mail.example");
  CHECK(all[0].relay_port == 2525);
  CHECK(all[1].spool == "/var/spool/x");
  CHECK(all[1].prefix.empty());
  CHECK(all[1].relay_host.empty());
  CHECK(all[2].relay_host.empty());
  CHECK(all[2].relay_port == 25);
}

TEST_CASE("the exact domain wins over the longest suffix and that over the star", "[conf][routes]") {
  const auto routes =
      parse("* star -\n.example.org sub -\n.b.example.org subsub -\nExample.org exact -\na.example.org a -\n");
  REQUIRE(routes);
  const auto spool = [&](std::string_view domain) { return routes->find(domain)->spool_name; };
  CHECK(spool("example.org") == "exact");
  CHECK(spool("EXAMPLE.ORG") == "exact");
  CHECK(spool("a.example.org") == "a");
  CHECK(spool("c.example.org") == "sub");
  CHECK(spool("x.y.b.example.org") == "subsub");
  CHECK(spool("b.example.org") == "sub");
  CHECK(spool("notexample.org") == "star");
  CHECK(spool("[127.0.0.1]") == "star");
  CHECK(spool("") == "star");
}

TEST_CASE("without a star an unknown domain has no route", "[conf][routes]") {
  const auto routes = parse(".example.org sub -\n");
  REQUIRE(routes);
  CHECK(routes->find("example.org") == nullptr);
  CHECK(routes->find("example.com") == nullptr);
  CHECK(routes->find("") == nullptr);
}

TEST_CASE("a relay may be an address in brackets", "[conf][routes]") {
  const auto routes = parse("* p - [::1]:26\nx p - [127.0.0.1]\n");
  REQUIRE(routes);
  CHECK(routes->all()[0].relay_host == "[::1]");
  CHECK(routes->all()[0].relay_port == 26);
  CHECK(routes->all()[1].relay_host == "[127.0.0.1]");
}

TEST_CASE("a relay that is a file is named behind an @, which begins no host's name", "[conf][routes]") {
  const auto routes = parse("* p - @Provider-2\nx p - provider\n");
  REQUIRE(routes);
  CHECK(routes->all()[0].relay == "Provider-2");
  CHECK(routes->all()[0].relay_host.empty());
  CHECK(routes->all()[1].relay.empty());
  CHECK(routes->all()[1].relay_host == "provider");
  for (const auto* bad : {"@", "@@x", "@a/b", "@.hidden", "@\x7f"}) {
    CHECK(fault(std::string("* p - ") + bad + "\n").ends_with("names no relay behind the @"));
  }
}

TEST_CASE("every fault of a route names file, line and what is wrong", "[conf][routes]") {
  CHECK(fault("#\n* provider\n") == "routes:2: 2 words; a route is DOMAIN SPOOL PREFIX [RELAY]");
  CHECK(fault("* p - r x\n") == "routes:1: 5 words; a route is DOMAIN SPOOL PREFIX [RELAY]");
  CHECK(fault("a@b p -\n") == "routes:1: 'a@b' is no domain, no .suffix and no *");
  CHECK(fault("*.org p -\n") == "routes:1: '*.org' is no domain, no .suffix and no *");
  CHECK(fault("a..b p -\n") == "routes:1: 'a..b' has an empty part");
  CHECK(fault(". p -\n") == "routes:1: '.' has an empty part");
  CHECK(fault("* ../p -\n") ==
        "routes:1: '../p' is neither a spool's name (a to z, 0 to 9, _ and -) nor an absolute path");
  CHECK(fault("* /a/../p -\n") == "routes:1: '/a/../p' must not go up by /../");
  CHECK(fault("* Provider -\n").starts_with("routes:1: 'Provider' is neither"));
  CHECK(fault("* p a@b\n") == "routes:1: 'a@b' is no prefix (printable characters without @, or - for none)");
  const std::string no_relay =
      "is no relay (@NAME, HOST, HOST:PORT, [ADDRESS]:PORT with a port from 1 to 65535, or - for none)";
  for (const std::string word : {"host:", "host:70000", ":25", "[::1", "[::1]x", "[::1]25", "h/x:25"}) {
    CHECK(fault("* p - " + word + "\n") == "routes:1: '" + word + "' " + no_relay);
  }
  CHECK(fault("* p -\nx q -\n* r -\n") == "routes:3: '*' has a route already");
}
