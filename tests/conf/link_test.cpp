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
