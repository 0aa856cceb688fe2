#include "conf/link.h"

#include <catch2/catch.hpp>

namespace {

using namespace std::chrono_literals;

std::vector<std::string> faults_of(std::string_view text) {
  auto file = conf::TomlFile::parse(text, "l.toml");
  REQUIRE(file);
  conf::read_link(file->top());
  return file->faults();
}

}  // namespace

TEST_CASE("every key of a link is read", "[conf][link]") {
  auto file = conf::TomlFile::parse(R"(
kind = "line"
routes = ["a", "b"]
jobs = ["fetch", "flush"]
modem = "m"
phone = "0,555 100#"
chat = "c"
tariff = "t"
reliable = true
clock = "trust"
silence = "1s"
grace = "2s"
redial = "3s"
)",
                                    "l.toml");
  REQUIRE(file);
  const auto link = conf::read_link(file->top());
  REQUIRE(file->finish());
  CHECK(link.kind == conf::LinkKind::line);
  CHECK(link.routes == std::vector<std::string>{"a", "b"});
  CHECK(link.jobs == std::vector<conf::Job>{conf::Job::fetch, conf::Job::flush});
  CHECK(link.modem == "m");
  CHECK(link.phone == "0,555 100#");
  CHECK(link.chat == "c");
  CHECK(link.tariff == "t");
  CHECK(link.reliable);
  CHECK(link.trust_clock);
  CHECK(link.silence == 1s);
  CHECK(link.grace == 2s);
  CHECK(link.redial == 3s);
}

TEST_CASE("a link that dials needs a modem and a number", "[conf][link]") {
  for (const std::string kind : {"line", "ppp"}) {
    const auto faults = faults_of("kind = \"" + kind + "\"\nroutes = [\"a\"]\n");
    REQUIRE(faults.size() == 2);
    CHECK(faults[0].find("modem is missing") != std::string::npos);
    CHECK(faults[1].find("phone is missing") != std::string::npos);
  }
  CHECK(faults_of("kind = \"always\"\nroutes = [\"a\"]\n").empty());
  CHECK(faults_of("kind = \"line\"\nroutes = [\"a\"]\nmodem = \"m\"\nphone = \"\"\n").size() == 1);
}

TEST_CASE("a phone number cannot carry a command", "[conf][link]") {
  const std::string before = "kind = \"line\"\nroutes = [\"a\"]\nmodem = \"m\"\nphone = ";
  CHECK(faults_of(before + "\"555\\rATH\"\n").size() == 1);
  CHECK(faults_of(before + "\"555&F\"\n").size() == 1);
  CHECK(faults_of(before + "\"*99***1#\"\n").empty());
}

TEST_CASE("a link without a spool is a fault", "[conf][link]") {
  CHECK(faults_of("kind = \"always\"\n").size() == 1);
  CHECK(faults_of("kind = \"always\"\nroutes = []\n") == std::vector<std::string>{"l.toml:2: routes names no spool"});
}

TEST_CASE("a link may have several modems and numbers, or one of each as a string", "[conf][link]") {
  auto file = conf::TomlFile::parse(
      "kind = \"line\"\nroutes = [\"a\"]\nmodem = [\"m\", \"n\"]\nphone = [\"1\", \"2\"]\n", "l.toml");
  REQUIRE(file);
  const auto link = conf::read_link(file->top());
  REQUIRE(file->finish());
  CHECK(link.modems == std::vector<std::string>{"m", "n"});
  CHECK(link.phones == std::vector<std::string>{"1", "2"});
  CHECK(link.modem == "m");
  CHECK(link.phone == "1");
  const std::string head = "kind = \"line\"\nroutes = [\"a\"]\n";
  CHECK(faults_of(head + "modem = []\nphone = \"1\"\n").size() == 1);
  CHECK(faults_of(head + "modem = \"m\"\nphone = [\"1\", \"x\"]\n").size() == 1);
  CHECK(faults_of(head + "modem = 1\nphone = [1]\n").size() == 2);
}

TEST_CASE("programs of a link are paths with arguments, each with a limit", "[conf][link]") {
  auto file = conf::TomlFile::parse(R"(
kind = "command"
routes = ["a"]
jobs = ["flush", "hook"]
[command]
up = ["/usr/bin/wg-quick", "up", "wg0"]
down = ["/usr/bin/wg-quick", "down", "wg0"]
probe = ["/bin/ping", "-c1", "10.0.0.1"]
up_limit = "10s"
down_limit = "20s"
probe_limit = "2s"
interface = "wg0"
[hook]
program = ["/usr/local/bin/news"]
limit = "5m"
)",
                                    "l.toml");
  REQUIRE(file);
  const auto link = conf::read_link(file->top());
  CHECK(file->faults() == std::vector<std::string>{});
  CHECK(link.command.up.argv == std::vector<std::string>{"/usr/bin/wg-quick", "up", "wg0"});
  CHECK(link.command.up.limit == 10s);
  CHECK(link.command.down.limit == 20s);
  CHECK(link.command.probe.limit == 2s);
  CHECK(link.command.interface == "wg0");
  CHECK(link.hook.argv == std::vector<std::string>{"/usr/local/bin/news"});
  CHECK(link.hook.limit == 5min);
}

TEST_CASE("a link of kind command needs its programs, a hook its own", "[conf][link]") {
  const std::string head = "kind = \"command\"\nroutes = [\"a\"]\n";
  CHECK(faults_of(head).size() == 1);
  CHECK(faults_of(head + "[command]\nup = [\"/up\"]\n").size() == 1);
  CHECK(faults_of(head + "[command]\nup = [\"up\"]\ndown = []\n").size() == 2);
  CHECK(faults_of(head + "[command]\nup = [\"/up\"]\ndown = [\"/down\"]\ninterface = \"../x\"\n").size() == 1);
  CHECK(faults_of(head + "[command]\nup = [\"/up\"]\ndown = [\"/down\"]\nup_limit = \"0s\"\n").size() == 1);
  const std::string always = "kind = \"always\"\nroutes = [\"a\"]\n";
  CHECK(faults_of(always + "jobs = [\"hook\"]\n").size() == 1);
  CHECK(faults_of(always + "[hook]\nprogram = [\"/x\"]\n").size() == 1);
  CHECK(faults_of(always + "[command]\nup = [\"/up\"]\ndown = [\"/down\"]\n").size() == 1);
}
