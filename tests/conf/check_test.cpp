#include "conf/check.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "conf/control.h"
#include "conf/modem.h"
#include "conf/named_file.h"
#include "conf/routing.h"
#include "tests/mta/mail_store/scratch.h"

namespace {

conf::Places example_office() {
  conf::Places places;
  places.config = EXAMPLES;
  return places;
}

struct Copy {
  Scratch scratch;
  conf::Places places;
  Copy() {
    std::filesystem::copy(EXAMPLES, scratch.path("etc"), std::filesystem::copy_options::recursive);
    places.config = scratch.path("etc");
  }
  std::vector<std::string> faults() const {
    auto lines = conf::check_config(places);
    for (auto& line : lines) line.erase(0, line.starts_with(places.config) ? places.config.size() + 1 : 0);
    return lines;
  }
};

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("the example office is without a fault", "[conf][examples]") {
  CHECK(conf::check_config(example_office()) == Lines());
}

TEST_CASE("the example office delivers to its users and spools the rest", "[conf][examples]") {
  const auto table = conf::load_routing(example_office());
  REQUIRE(table);
  const auto alice = conf::route_recipient("alice-shop@office.example", *table);
  const auto* local = std::get_if<conf::Local>(&alice.where);
  REQUIRE(local != nullptr);
  REQUIRE(local->user);
  CHECK(local->user->home == "/home/alice");
  const auto outside = conf::route_recipient("joe@elsewhere.example", *table);
  const auto* spool = std::get_if<conf::Spool>(&outside.where);
  REQUIRE(spool != nullptr);
  CHECK(spool->route.spool_name == "provider");
  CHECK(spool->route.relay == "provider");
}

TEST_CASE("every control file of the example office is one that programs know", "[conf][examples]") {
  const auto faults = conf::check_control(example_office());
  REQUIRE(faults);
  CHECK(faults->empty());
}

TEST_CASE("every example profile loads, fits old modems' lines, spares the stored profile and is known by something",
          "[conf][examples]") {
  constexpr std::size_t shortest_line = 40;  // of old modems, AT not counted
  const auto names = conf::names_in(example_office().modems_dir(), ".toml");
  REQUIRE(names);
  CHECK(names->size() >= 7);
  for (const auto& name : *names) {
    CAPTURE(name);
    const auto modem = conf::load_modem(example_office(), name, conf::Need::optional);
    REQUIRE(modem);
    CHECK(modem->speed);
    for (const auto& line : modem->init) {
      CAPTURE(line);
      CHECK(line.starts_with("AT"));
      CHECK(line.size() <= shortest_line + 2);
      CHECK(line.find("&W") == std::string::npos);
    }
    const bool is_any = name == "generic-hayes" || modem->kind == conf::ModemKind::null;
    CHECK(modem->matches.empty() == is_any);
  }
  const auto kind = [](const std::string& name) {
    return conf::load_modem(example_office(), name, conf::Need::optional)->kind;
  };
  CHECK(kind("3gpp") == conf::ModemKind::cellular);
  CHECK(kind("iridium") == conf::ModemKind::iridium);
  CHECK(kind("null-modem") == conf::ModemKind::null);
  CHECK(kind("usr") == conf::ModemKind::hayes);
}

TEST_CASE("a route's relay that is no file in relays is named with file, line and the nearest", "[conf][check]") {
  const Copy copy;
  copy.scratch.write("etc/routes", "branch.example branch - -\n* provider alias-ppp- @provder\n");
  CHECK(copy.faults() == Lines{"routes:2: '@provder' names no file in relays/; did you mean provider?"});
}

TEST_CASE("faults in all files are reported at once with file, line and key", "[conf][check]") {
  const Copy copy;
  copy.scratch.write("etc/control/rcpthost", "x\n");
  copy.scratch.write("etc/routes", "* provider\n");
  copy.scratch.write("etc/users/assign", "=a\n.\n");
  copy.scratch.write("etc/control/virtualdomains", "x\n");
  copy.scratch.write("etc/modems/generic-hayes.toml", "prot = \"/dev/x\"\n");
  copy.scratch.write("etc/tariffs/landline.toml", "currency = \"EUR\"\nprice = 0.1\nstep = \"60\"\n");
  const auto faults = copy.faults();
  REQUIRE(faults.size() >= 7);
  CHECK(faults[0] == "control/rcpthost: no program knows this control file; did you mean rcpthosts?");
  CHECK(faults[1] == "users/assign:1: 0 colons of 7; an entry is =local:user:uid:gid:homedir:dash:ext:");
  CHECK(faults[2] == "routes:1: 2 words; a route is DOMAIN SPOOL PREFIX [RELAY]");
  CHECK(faults[3].starts_with("control/virtualdomains:1: "));
  CHECK(faults[4] == "modems/generic-hayes.toml:1: prot is no key that is known here; did you mean port?");
  CHECK(faults[5].starts_with("tariffs/landline.toml:2: price must be an amount"));
  CHECK(faults[6].starts_with("tariffs/landline.toml:3: step must be a duration"));
}

TEST_CASE("a modem profile without a port is a base and no fault, but a link needs one", "[conf][check]") {
  const Copy copy;
  copy.scratch.write("etc/modems/base.toml", "speed = 9600\n");
  CHECK(copy.faults() == Lines());
  copy.scratch.write("etc/links/provider.toml",
                     "kind = \"line\"\nroutes = [\"provider\"]\nmodem = \"base\"\nphone = \"1\"\n");
  CHECK(copy.faults() ==
        Lines{"links/provider.toml:3: modem names 'base', which has no port: a base that others inherit from"});
}

TEST_CASE("a fault in a base is told once, however many inherit it", "[conf][check]") {
  const Copy copy;
  copy.scratch.write("etc/modems/base.toml", "spede = 9600\n");
  copy.scratch.write("etc/modems/one.toml", "inherits = \"base\"\nport = \"/dev/one\"\n");
  copy.scratch.write("etc/modems/two.toml", "inherits = \"base\"\nport = \"/dev/two\"\n");
  CHECK(copy.faults() == Lines{"modems/base.toml:1: spede is no key that is known here; did you mean speed?"});
}

TEST_CASE("a link that names a modem, tariff, script or spool that is not there is a fault", "[conf][check]") {
  const Copy copy;
  copy.scratch.write("etc/links/provider.toml",
                     "kind = \"ppp\"\nroutes = [\"provide\"]\nmodem = \"generic-hays\"\nphone = \"1\"\nchat = "
                     "\"x\"\ntariff = \"landline\"\n");
  CHECK(copy.faults() ==
        Lines{"links/provider.toml:2: routes names 'provide', and no route has such a spool; did you mean provider?",
              "links/provider.toml:3: modem names 'generic-hays', and there is no such file in modems/; did you mean "
              "generic-hayes?",
              "links/provider.toml:5: chat names 'x', and there is no such script in chat/"});
}
