#include "conf/routing.h"

#include <catch2/catch.hpp>

#include "tests/mta/mail_store/scratch.h"

namespace {

conf::RoutingTable office() {
  conf::RoutingTable table;
  table.envnoathost = "office.example";
  table.locals = {"office.example", "localhost"};
  table.percenthack = {"hack.example", "hub.example"};
  table.virtualdomains = *conf::parse_virtualdomains(
      "joe@virtual.example:joe\nvirtual.example:virt\n.example.net:net\nout.example.net:\n.deep.example.net:deep\n"
      "special@out2.example:\n",
      "virtualdomains");
  table.users = *conf::Users::parse("=joe:joe:501:100:/home/joe:::\n+virt-:virt:502:100:/home/virt:-::\n.\n", "assign");
  table.routes = *conf::parse_routes("* provider alias-ppp-\nbranch.example branch -\n", "routes", "/spool");
  return table;
}

// "local LOCAL DOMAIN USER EXT", "spool NAME", "nowhere", each with the rewritten recipient in front.
std::string where(std::string_view recipient, const conf::RoutingTable& table = office()) {
  const auto destination = conf::route_recipient(recipient, table);
  std::string text = destination.recipient + " -> ";
  if (const auto* local = std::get_if<conf::Local>(&destination.where)) {
    text += "local " + local->local + " " + local->domain;
    return text + (local->user ? " user " + local->user->user + " ext " + local->user->ext : " nobody");
  }
  if (const auto* spool = std::get_if<conf::Spool>(&destination.where))
    return text + "spool " + spool->route.spool_name;
  return text + "nowhere";
}

}  // namespace

TEST_CASE("a recipient without a host gets envnoathost", "[conf][routing]") {
  CHECK(where("joe") == "joe@office.example -> local joe office.example user joe ext ");
}

TEST_CASE("locals are matched without case and a name that nobody has is said to be nobody's", "[conf][routing]") {
  CHECK(where("Joe@OFFICE.example") == "Joe@OFFICE.example -> local Joe OFFICE.example user joe ext ");
  CHECK(where("ann@localhost") == "ann@localhost -> local ann localhost nobody");
}

TEST_CASE("percenthack splits at the last percent sign and goes on while it applies", "[conf][routing]") {
  CHECK(where("a%b@hack.example") == "a@b -> spool provider");
  CHECK(where("a%b%hub.example@hack.example") == "a@b -> spool provider");
  CHECK(where("joe%office.example@hack.example") == "joe@office.example -> local joe office.example user joe ext ");
  CHECK(where("a%b@other.example") == "a%b@other.example -> spool provider");
  CHECK(where("%b@hack.example") == "@b -> spool provider");
  CHECK(where("a@hack.example") == "a@hack.example -> spool provider");
  CHECK(where("@hack.example") == "@hack.example -> spool provider");
}

TEST_CASE("virtualdomains go by address, then domain, then the longest suffix", "[conf][routing]") {
  CHECK(where("Joe@Virtual.example") == "joe-Joe@Virtual.example -> local joe-Joe Virtual.example nobody");
  CHECK(where("ann@virtual.example") == "virt-ann@virtual.example -> local virt-ann virtual.example user virt ext ann");
  CHECK(where("a@x.example.net") == "net-a@x.example.net -> local net-a x.example.net nobody");
  CHECK(where("a@x.deep.example.net") == "deep-a@x.deep.example.net -> local deep-a x.deep.example.net nobody");
  CHECK(where("a@example.net") == "a@example.net -> spool provider");
}

TEST_CASE("an empty prepend is an exception and leads outside", "[conf][routing]") {
  CHECK(where("a@out.example.net") == "a@out.example.net -> spool provider");
  CHECK(where("special@out2.example") == "special@out2.example -> spool provider");
}

TEST_CASE("the empty key catches what no other key does and locals never get there", "[conf][routing]") {
  auto table = office();
  table.virtualdomains[""] = "alias-ppp";
  CHECK(where("a@anywhere.example", table) ==
        "alias-ppp-a@anywhere.example -> local alias-ppp-a anywhere.example nobody");
  CHECK(where("joe@office.example", table) == "joe@office.example -> local joe office.example user joe ext ");
  CHECK(where("a@out.example.net", table) == "a@out.example.net -> spool provider");
}

TEST_CASE("the domain is what follows the last at sign", "[conf][routing]") {
  CHECK(where("a@b@branch.example") == "a@b@branch.example -> spool branch");
  CHECK(where("a@") == "a@ -> spool provider");
}

TEST_CASE("without a route mail leads nowhere", "[conf][routing]") {
  auto table = office();
  table.routes = conf::Routes();
  CHECK(where("a@b.example", table) == "a@b.example -> nowhere");
}

TEST_CASE("a virtualdomains line without a colon is refused with its line", "[conf][routing]") {
  const auto map = conf::parse_virtualdomains("a:b\n# c\nvirtual.example\n", "virtualdomains");
  REQUIRE_FALSE(map);
  CHECK(map.error().kind == base::FailureKind::permanent);
  CHECK(map.error().text ==
        "virtualdomains:3: 'virtual.example' has no colon; an entry is domain:prepend or user@domain:prepend");
}

TEST_CASE("without a locals file the host's own name is local and with an empty one nothing is", "[conf][routing]") {
  const Scratch scratch;
  conf::Places places;
  places.config = scratch.path();
  places.state = "/state";
  scratch.write("control/me", "Me.example\n");
  auto table = conf::load_routing(places);
  REQUIRE(table);
  CHECK(table->envnoathost == "Me.example");
  CHECK(where("a@me.example", *table) == "a@me.example -> local a me.example nobody");
  scratch.write("control/locals", "");
  table = conf::load_routing(places);
  REQUIRE(table);
  CHECK(where("a@me.example", *table) == "a@me.example -> nowhere");
}

TEST_CASE("a typing error in any of the files is found when routing is loaded", "[conf][routing]") {
  const Scratch scratch;
  conf::Places places;
  places.config = scratch.path();
  scratch.write("control/me", "me.example\n");
  scratch.write("routes", "*\n");
  auto table = conf::load_routing(places);
  REQUIRE_FALSE(table);
  CHECK(table.error().text == scratch.path("routes:1: 1 words; a route is DOMAIN SPOOL PREFIX [RELAY]"));
  scratch.write("routes", "");
  scratch.write("users/assign", "oops\n");
  table = conf::load_routing(places);
  REQUIRE_FALSE(table);
  CHECK(table.error().text.starts_with(scratch.path("users/assign:1: ")));
}
