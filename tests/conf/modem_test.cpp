#include "conf/modem.h"

#include <catch2/catch.hpp>

#include "conf/port_name.h"

namespace {

using namespace std::chrono_literals;

conf::ModemProfile read_good(std::string_view text, conf::Need port = conf::Need::required) {
  auto file = conf::TomlFile::parse(text, "m.toml");
  REQUIRE(file);
  auto modem = conf::read_modem(file->top(), port);
  INFO((file->faults().empty() ? std::string() : file->faults().front()));
  REQUIRE(file->finish());
  return modem;
}

std::vector<std::string> faults_of(std::string_view text) {
  auto file = conf::TomlFile::parse(text, "m.toml");
  REQUIRE(file);
  conf::read_modem(file->top(), conf::Need::required);
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
kind = "3gpp"
hangup_command = "AT+CHUP"
reset = "ATZ0"
report = "ATI6"
identify = ["ATI3"]
matches = ["U.S. Robotics"]
restart = "AT+CFUN=16"
power_hook = ["/usr/local/sbin/power", "cycle"]
power_timeout = "9ms"
restart_time = "10ms"
recovery_interval = "11ms"
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
  CHECK(modem.kind == conf::ModemKind::cellular);
  CHECK(modem.hangup_command == "AT+CHUP");
  CHECK(modem.reset == "ATZ0");
  CHECK(modem.report == "ATI6");
  CHECK(modem.identify == std::vector<std::string>{"ATI3"});
  CHECK(modem.matches == std::vector<std::string>{"U.S. Robotics"});
  CHECK(modem.restart == "AT+CFUN=16");
  CHECK(modem.power_hook == std::vector<std::string>{"/usr/local/sbin/power", "cycle"});
  CHECK(modem.power_timeout == 9ms);
  CHECK(modem.restart_time == 10ms);
  CHECK(modem.recovery_interval == 11ms);
}

TEST_CASE("a cellular or satellite modem can be restarted, others only where the profile says how", "[conf][modem]") {
  CHECK(read_good("port = \"/dev/x\"\n").restart.empty());
  CHECK(read_good("port = \"/dev/x\"\nkind = \"3gpp\"\n").restart == "AT+CFUN=1,1");
  CHECK(read_good("port = \"/dev/x\"\nkind = \"iridium\"\n").restart == "AT+CFUN=1,1");
  CHECK(read_good("port = \"/dev/x\"\nkind = \"iridium\"\nrestart = \"\"\n").restart.empty());
}

TEST_CASE("a null modem takes no commands, and its DCD need not be wired", "[conf][modem]") {
  const auto modem = read_good("port = \"/dev/x\"\nkind = \"null\"\n");
  CHECK(modem.init.empty());
  CHECK(modem.escape_off.empty());
  CHECK(modem.hangup_command.empty());
  CHECK_FALSE(modem.carrier_detect);
  CHECK(read_good("port = \"/dev/x\"\nkind = \"null\"\ncarrier_detect = true\n").carrier_detect);
  CHECK(faults_of("port = \"/dev/x\"\nkind = \"null\"\ninit = [\"ATZ\"]\nhangup = \"escape\"\n") ==
        std::vector<std::string>{
            "m.toml:3: init means nothing to kind \"null\", which takes no commands",
            "m.toml:4: hangup cannot be \"escape\" where kind is \"null\", which takes no commands"});
}

TEST_CASE("a kind that nobody knows is told with those that there are", "[conf][modem]") {
  CHECK(faults_of("port = \"/dev/x\"\nkind = \"hays\"\n") ==
        std::vector<std::string>{"m.toml:2: kind must be one of hayes, 3gpp, iridium, null, not \"hays\"; did you mean "
                                 "hayes?"});
}

TEST_CASE("a power hook is a program by its path, and no list is without end", "[conf][modem]") {
  CHECK(faults_of("port = \"/dev/x\"\npower_hook = [\"power\"]\n") ==
        std::vector<std::string>{"m.toml:2: power_hook begins with no absolute path of a program"});
  CHECK(faults_of("port = \"/dev/x\"\npower_hook = [\"/bin/x\", \"a\\u0000b\"]\n") ==
        std::vector<std::string>{"m.toml:2: power_hook holds a NUL"});
  std::string list;
  for (int i = 0; i < 33; ++i) list += "\"AT\", ";
  CHECK(faults_of("port = \"/dev/x\"\ninit = [" + list + "]\n") ==
        std::vector<std::string>{"m.toml:2: init holds more than 32 strings"});
  CHECK(faults_of("port = \"/dev/x\"\nmatches = [\"\"]\n").size() == 1);
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

TEST_CASE("a port may be a device, a descriptor or a server on the network", "[conf][modem]") {
  CHECK(read_good("port = \"fd:7\"\n").hangup == conf::HangUp::dtr);
  CHECK(read_good("port = \"rfc2217:modems.example:2001\"\nspeed = 9600\n").hangup == conf::HangUp::dtr);
  CHECK(read_good("port = \"tcp:[2001:db8::1]:2001\"\n").hangup == conf::HangUp::escape);
  CHECK(faults_of("port = \"fd:x\"\n") == std::vector<std::string>{"m.toml:1: port is not a descriptor; write fd:N"});
  for (const std::string wrong : {"tcp:", "tcp:host", "tcp::2001", "tcp:host:0", "tcp:host:65536", "tcp:ho st:1",
                                  "tcp:2001:db8::1:x", "tcp:host:1x", "tcp:../x:1"}) {
    CAPTURE(wrong);
    CHECK(faults_of("port = \"" + wrong + "\"\n") ==
          std::vector<std::string>{"m.toml:1: port names no server; write tcp:HOST:PORT, an IPv6 address in brackets"});
  }
}

TEST_CASE("over tcp: what takes a line of its own is refused, key by key", "[conf][modem]") {
  CHECK(faults_of("port = \"tcp:host:1\"\nspeed = 9600\nflow = \"none\"\nhangup = \"dtr\"\n") ==
        std::vector<std::string>{"m.toml:2: speed is the server's to set over tcp:, see rfc2217:",
                                 "m.toml:3: flow is the server's to set over tcp:, see rfc2217:",
                                 "m.toml:4: hangup cannot be \"dtr\" over tcp:, which has no such line"});
}

TEST_CASE("a server on the network has one spelling", "[conf][modem]") {
  CHECK(conf::parse_port_name("rfc2217:Modems.Example:02001")->canonical() == "rfc2217:modems.example:2001");
  CHECK(conf::parse_port_name("tcp:[2001:DB8::1]:7")->canonical() == "tcp:[2001:db8::1]:7");
  CHECK(conf::parse_port_name("/dev/tcp:x:1")->kind == conf::PortKind::device);
}

TEST_CASE("what a cellular modem needs stands in a table of its own", "[conf][modem]") {
  const std::string head = "port = \"/dev/ttyUSB0\"\nkind = \"3gpp\"\n";
  CHECK(read_good(head + "[cellular]\nroaming = true\n").cellular.roaming);
  CHECK(faults_of("port = \"/dev/ttyUSB0\"\n[cellular]\n").size() == 1);
  CHECK(faults_of(head + "[cellular]\nroming = true\n").front() ==
        "m.toml:4: cellular.roming is no key that is known here; did you mean roaming?");
}
