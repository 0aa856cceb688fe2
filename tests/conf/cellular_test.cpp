#include "conf/cellular.h"

#include <catch2/catch.hpp>

namespace {

using namespace std::chrono_literals;

conf::CellularProfile read_good(std::string_view text) {
  auto file = conf::TomlFile::parse(text, "c.toml");
  REQUIRE(file);
  auto cellular = conf::read_cellular(file->top());
  INFO((file->faults().empty() ? std::string() : file->faults().front()));
  REQUIRE(file->finish());
  return cellular;
}

std::vector<std::string> faults_of(std::string_view text) {
  auto file = conf::TomlFile::parse(text, "c.toml");
  REQUIRE(file);
  conf::read_cellular(file->top());
  return file->faults();
}

}  // namespace

TEST_CASE("a cellular modem sends no PIN and does not roam unless it is said", "[conf][cellular]") {
  const auto cellular = read_good("");
  CHECK(cellular.pin_file.empty());
  CHECK_FALSE(cellular.roaming);
  CHECK(cellular.network.empty());
  CHECK(cellular.apn.empty());
  CHECK(cellular.pdp_type == "IP");
  CHECK(cellular.context == 1);
  CHECK(cellular.bearer.empty());
  CHECK(cellular.min_signal == 1);
  CHECK(cellular.registration_timeout == 120s);
  CHECK(cellular.poll == 3s);
}

TEST_CASE("every key of a cellular modem is read", "[conf][cellular]") {
  const auto cellular = read_good(R"(
pin_file = "secrets/sim"
roaming = true
operator = "26201"
apn = "internet.example"
pdp_type = "IPV4V6"
context = 3
bearer = "71,0,1"
min_signal = 8
registration_timeout = "1m"
poll = "5s"
)");
  CHECK(cellular.pin_file == "secrets/sim");
  CHECK(cellular.roaming);
  CHECK(cellular.network == "26201");
  CHECK(cellular.apn == "internet.example");
  CHECK(cellular.pdp_type == "IPV4V6");
  CHECK(cellular.context == 3);
  CHECK(cellular.bearer == "71,0,1");
  CHECK(cellular.min_signal == 8);
  CHECK(cellular.registration_timeout == 60s);
  CHECK(cellular.poll == 5s);
}

TEST_CASE("nothing in a cellular profile can end the command that it stands in", "[conf][cellular]") {
  for (const auto* text : {"apn = \"a\\\"b\"", "apn = \"a\\rATD1\"", "operator = \"a\\nb\"", "operator = \"x\\\"\"",
                           "bearer = \"7,0,1;D1\"", "bearer = \"01234567890123456\"", "pdp_type = \"X25\"",
                           "context = 0", "min_signal = 32", "poll = \"0s\"", "pin_file = \"\"", "roaming = 1"}) {
    CAPTURE(text);
    CHECK(faults_of(text).size() == 1);
  }
  CHECK(faults_of("apn = \"" + std::string(101, 'a') + "\"").size() == 1);
  CHECK(faults_of("pin = \"1234\"").front().find("is no key that is known here") != std::string::npos);
}

TEST_CASE("a network's code has five or six digits", "[conf][cellular]") {
  CHECK(conf::is_network_code("26201"));
  CHECK(conf::is_network_code("310410"));
  CHECK_FALSE(conf::is_network_code("2620"));
  CHECK_FALSE(conf::is_network_code("3104100"));
  CHECK_FALSE(conf::is_network_code("Mobil"));
}
