#include "conf/inheritance.h"

#include <catch2/catch.hpp>

#include "conf/modem.h"
#include "tests/mta/mail_store/scratch.h"

namespace {

struct Modems {
  Scratch scratch;
  conf::Places places;
  Modems() { places.config = scratch.path("etc"); }
  void set(const std::string& name, const std::string& text) const {
    scratch.write("etc/modems/" + name + ".toml", text);
  }
  conf::ModemProfile load(const std::string& name) const {
    auto modem = conf::load_modem(places, name);
    INFO((modem ? std::string() : modem.error().text));
    REQUIRE(modem);
    return *modem;
  }
  // Without the folder.
  std::string failure(const std::string& name) const {
    const auto modem = conf::load_modem(places, name);
    REQUIRE_FALSE(modem);
    CHECK(modem.error().kind == base::FailureKind::permanent);
    const auto folder = places.modems_dir() + "/";
    return modem.error().text.starts_with(folder) ? modem.error().text.substr(folder.size()) : modem.error().text;
  }
};

}  // namespace

TEST_CASE("a profile takes what it does not set from its base, and that from its own", "[conf][inherits]") {
  const Modems modems;
  modems.set("hayes", "speed = 9600\nflow = \"none\"\ndial = \"ATDP\"\n");
  modems.set("usr", "inherits = \"hayes\"\nspeed = 57600\ninit = [\"AT&F1\"]\n");
  modems.set("desk", "inherits = \"usr\"\nport = \"/dev/ttyS1\"\ndial = \"ATDT0,\"\n");
  const auto desk = modems.load("desk");
  CHECK(desk.name == "desk");
  CHECK(desk.port == "/dev/ttyS1");
  CHECK(desk.speed == 57600U);
  CHECK(desk.flow == conf::FlowControl::none);
  CHECK(desk.init == std::vector<std::string>{"AT&F1"});
  CHECK(desk.dial == "ATDT0,");
}

TEST_CASE("a list is inherited whole or not at all", "[conf][inherits]") {
  const Modems modems;
  modems.set("usr", "init = [\"AT&F1\", \"ATX3\"]\n");
  modems.set("desk", "inherits = \"usr\"\nport = \"/dev/x\"\ninit = [\"ATZ\"]\n");
  CHECK(modems.load("desk").init == std::vector<std::string>{"ATZ"});
}

TEST_CASE("a table is inherited key by key", "[conf][inherits]") {
  const Scratch scratch;
  scratch.write("base.toml", "[t]\na = \"base\"\nb = \"base\"\n");
  scratch.write("own.toml", "inherits = \"base\"\n[t]\na = \"own\"\n");
  auto file = conf::load_with_bases(scratch.path("own.toml"), "file");
  REQUIRE(file);
  auto* table = file->top().table("t");
  REQUIRE(table != nullptr);
  CHECK(table->text("a") == "own");
  CHECK(table->text("b") == "base");
  CHECK(table->has_own("a"));
  CHECK_FALSE(table->has_own("b"));
}

TEST_CASE("a fault in a base names the base's file and line", "[conf][inherits]") {
  const Modems modems;
  modems.set("usr", "# a modem\nrings = 30\n");
  modems.set("desk", "inherits = \"usr\"\nport = \"/dev/x\"\n");
  CHECK(modems.failure("desk") == "usr.toml:2: rings must be an integer from 1 to 20, not 30");
  modems.set("usr", "\n\nspede = 9600\n");
  CHECK(modems.failure("desk") == "usr.toml:3: spede is no key that is known here; did you mean speed?");
  modems.set("usr", "speed = \n");
  CHECK(modems.failure("desk").starts_with("usr.toml:1: "));
  modems.set("usr", "inherits = 5\n");
  CHECK(modems.failure("desk") == "usr.toml:1: inherits must be a string, not an integer");
}

TEST_CASE("a base that is not there is named with file, line and the nearest that is", "[conf][inherits]") {
  const Modems modems;
  modems.set("usr", "");
  modems.set("desk", "port = \"/dev/x\"\ninherits = \"urs\"\n");
  CHECK(modems.failure("desk") ==
        "desk.toml:2: inherits names 'urs', and there is no such modem profile; did you mean usr?");
  modems.set("desk", "inherits = \"../usr\"\n");
  CHECK(modems.failure("desk").starts_with("desk.toml:1: inherits names '../usr', and there is no such"));
}

TEST_CASE("profiles that inherit in a circle are told of as one", "[conf][inherits]") {
  const Modems modems;
  modems.set("a", "inherits = \"b\"\nport = \"/dev/x\"\n");
  modems.set("b", "\ninherits = \"c\"\n");
  modems.set("c", "inherits = \"b\"\n");
  CHECK(modems.failure("a") == "c.toml:1: inherits goes in a circle: 'a', then 'b', then 'c', then 'b'");
  modems.set("a", "inherits = \"a\"\n");
  CHECK(modems.failure("a") == "a.toml:1: inherits goes in a circle: 'a', then 'a'");
}

TEST_CASE("a chain of bases has a bound", "[conf][inherits]") {
  const Modems modems;
  const auto name = [](std::size_t i) { return "m" + std::to_string(i); };
  for (std::size_t i = 0; i <= conf::max_bases; ++i) modems.set(name(i), "inherits = \"" + name(i + 1) + "\"\n");
  modems.set("m0", "inherits = \"m1\"\nport = \"/dev/x\"\n");
  modems.set(name(conf::max_bases), "speed = 9600\n");
  CHECK(modems.load("m0").speed == 9600U);
  modems.set(name(conf::max_bases), "inherits = \"" + name(conf::max_bases + 1) + "\"\n");
  modems.set(name(conf::max_bases + 1), "");
  CHECK(modems.failure("m0").starts_with("m8.toml:1: inherits makes a chain of more than 8 bases: 'm0', then 'm1'"));
}

TEST_CASE("a profile that is used needs a port of its own or of a base", "[conf][inherits]") {
  const Modems modems;
  modems.set("usr", "speed = 9600\n");
  CHECK(modems.failure("usr") == "usr.toml:1: port is missing");
  REQUIRE(conf::load_modem(modems.places, "usr", conf::Need::optional));
  modems.set("rack", "port = \"/dev/ttyS1\"\n");
  modems.set("desk", "inherits = \"rack\"\n");
  CHECK(modems.load("desk").port == "/dev/ttyS1");
}

TEST_CASE("what a base says of lines that the server has over tcp is passed over", "[conf][inherits]") {
  const Modems modems;
  modems.set("usr", "speed = 115200\nflow = \"rts/cts\"\nhangup = \"dtr\"\n");
  modems.set("far", "inherits = \"usr\"\nport = \"tcp:modems.example:2001\"\n");
  const auto far = modems.load("far");
  CHECK_FALSE(far.speed);
  CHECK(far.hangup == conf::HangUp::escape);
  modems.set("far", "inherits = \"usr\"\nport = \"tcp:modems.example:2001\"\nspeed = 9600\n");
  CHECK(modems.failure("far") == "far.toml:3: speed is the server's to set over tcp:, see rfc2217:");
}
