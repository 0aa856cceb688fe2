#include "conf/modem.h"

#include <catch2/catch.hpp>

namespace {

using namespace std::chrono_literals;

conf::ModemProfile read_good(std::string_view text) {
  auto file = conf::TomlFile::parse(text, "m.toml");
  REQUIRE(file);
  auto modem = conf::read_modem(file->top());
  INFO((file->faults().empty() ? std::string() : file->faults().front()));
  REQUIRE(file->finish());
  return modem;
}

std::vector<std::string> faults_of(std::string_view text) {
  auto file = conf::TomlFile::parse(text, "m.toml");
  REQUIRE(file);
  conf::read_modem(file->top());
  return file->faults();
}

}  // namespace

TEST_CASE("a modem profile needs its port and nothing else", "[conf][modem]") {
  const auto modem = read_good("port = \"/dev/ttyS1\"\n");
  CHECK(modem.port == "/dev/ttyS1");
  CHECK_FALSE(modem.speed);
  CHECK(modem.flow == conf::FlowControl::rts_cts);
  CHECK(modem.hangup == conf::HangUp::dtr);
  CHECK(modem.lock_dir == "/var/lock");
  CHECK(modem.dtr_low == 1s);
  CHECK(faults_of("speed = 9600\n").size() == 1);
  CHECK(faults_of("port = \"\"\n") == std::vector<std::string>{"m.toml:1: port names no device"});
}

TEST_CASE("every key of a modem profile is read", "[conf][modem]") {
  const auto modem = read_good(R"(
port = "/dev/modem"
speed = 57600
flow = "xon/xoff"
init = ["AT&F"]
dial = "ATX3DT"
answer = "ATA0"
escape_off = ""
hangup = "escape"
carrier_detect = false
rings = 3
settle = "1ms"
command_timeout = "2ms"
command_pause = "3ms"
reset_pause = "4ms"
pace = "0ms"
dtr_low = "5ms"
carrier_off = "6ms"
guard_time = "7ms"
connect_timeout = "8ms"
lock_dir = "/run/lock"
)");
  CHECK(modem.speed == 57600U);
  CHECK(modem.flow == conf::FlowControl::xon_xoff);
  CHECK(modem.init == std::vector<std::string>{"AT&F"});
  CHECK(modem.dial == "ATX3DT");
  CHECK(modem.answer == "ATA0");
  CHECK(modem.escape_off.empty());
  CHECK(modem.hangup == conf::HangUp::escape);
  CHECK_FALSE(modem.carrier_detect);
  CHECK(modem.rings == 3);
  CHECK(modem.settle == 1ms);
  CHECK(modem.command_timeout == 2ms);
  CHECK(modem.command_pause == 3ms);
  CHECK(modem.reset_pause == 4ms);
  CHECK(modem.pace == 0ms);
  CHECK(modem.dtr_low == 5ms);
  CHECK(modem.carrier_off == 6ms);
  CHECK(modem.guard_time == 7ms);
  CHECK(modem.connect_timeout == 8ms);
  CHECK(modem.lock_dir == "/run/lock");
}

TEST_CASE("a command that holds a line end or is no ASCII is refused", "[conf][modem]") {
  CHECK(faults_of("port = \"/dev/x\"\ndial = \"ATDT\\rATH\"\n").size() == 1);
  CHECK(faults_of("port = \"/dev/x\"\ninit = [\"AT\", \"AT\\n\"]\n").size() == 1);
  CHECK(faults_of("port = \"/dev/x\"\nanswer = \"ATÄ\"\n").size() == 1);
  CHECK(faults_of("port = \"/dev/x\"\nescape_off = \"" + std::string(256, 'A') + "\"\n").size() == 1);
}

TEST_CASE("a lock folder is an absolute path", "[conf][modem]") {
  CHECK(faults_of("port = \"/dev/x\"\nlock_dir = \"lock\"\n") ==
        std::vector<std::string>{"m.toml:2: lock_dir is no absolute path"});
}
