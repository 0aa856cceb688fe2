#include "conf/link_ppp.h"

#include <catch2/catch.hpp>

#include "conf/link.h"

namespace {

using namespace std::chrono_literals;

const std::string head = "kind = \"ppp\"\nroutes = [\"a\"]\nmodem = \"m\"\nphone = \"1\"\n[ppp]\n";

conf::PppSettings settings_of(const std::string& keys) {
  auto file = conf::TomlFile::parse(head + keys, "l.toml");
  REQUIRE(file);
  auto link = conf::read_link(file->top());
  CHECK(file->faults() == std::vector<std::string>{});
  return link.ppp;
}

std::string fault_of(const std::string& keys) {
  auto file = conf::TomlFile::parse(head + keys, "l.toml");
  REQUIRE(file);
  conf::read_link(file->top());
  const auto faults = file->faults();
  REQUIRE(faults.size() == 1);
  return faults[0];
}

}  // namespace

TEST_CASE("every key of a link's ppp table is read", "[conf][link]") {
  const auto ppp = settings_of(R"(
pppd = "/opt/pppd"
way = "connect"
user = "office"
secret = "secrets/provider"
remotename = "provider"
addresses = "10.0.0.1:10.0.0.2"
default_route = "replace"
dns = false
mru = 296
mtu = 576
maxconnect = "30m"
echo_interval = "5s"
echo_failure = 4
up_limit = "2m"
firewall = "required"
options = ["noccp", "lcp-restart 6"]
)");
  CHECK(ppp.pppd == "/opt/pppd");
  CHECK(ppp.way == conf::PppWay::connect);
  CHECK(ppp.user == "office");
  CHECK(ppp.secret == "secrets/provider");
  CHECK(ppp.remotename == "provider");
  CHECK(ppp.addresses == "10.0.0.1:10.0.0.2");
  CHECK(ppp.default_route == conf::DefaultRoute::replace);
  CHECK_FALSE(ppp.dns);
  CHECK(ppp.mru == 296);
  CHECK(ppp.mtu == 576);
  CHECK(ppp.maxconnect == 30min);
  CHECK(ppp.echo_interval == 5s);
  CHECK(ppp.echo_failure == 4);
  CHECK(ppp.up_limit == 2min);
  CHECK(ppp.firewall == conf::Firewall::required);
  CHECK(ppp.options == std::vector<std::string>{"noccp", "lcp-restart 6"});
}

TEST_CASE("a link without a ppp table has a bound for the call and LCP echo all the same", "[conf][link]") {
  const auto ppp = settings_of("");
  CHECK(ppp.maxconnect == 1h);
  CHECK(ppp.echo_interval == 10s);
  CHECK(ppp.echo_failure == 3);
}

TEST_CASE("bad values of a ppp table are told with file, line and key", "[conf][link]") {
  CHECK(fault_of("maxconnect = \"0s\"\n").find("l.toml:6: ppp.maxconnect") != std::string::npos);
  CHECK(fault_of("echo_interval = \"1500ms\"\n").find("whole number of seconds") != std::string::npos);
  CHECK(fault_of("maxconnect = \"2d\"\n").find("1d") != std::string::npos);
  CHECK(fault_of("secret = \"s\"\n").find("needs a user") != std::string::npos);
  CHECK(fault_of("addresses = \"10.0.0.1\"\n").find("LOCAL:REMOTE") != std::string::npos);
  CHECK(fault_of("user = \"a\\nplugin x\"\n").find("no name") != std::string::npos);
  CHECK(fault_of("pppd = \"pppd\"\n").find("slash") != std::string::npos);
  CHECK(fault_of("mru = 1\n").find("mru") != std::string::npos);
}

TEST_CASE("a ppp table on a link of another kind is a mistake", "[conf][link]") {
  auto file = conf::TomlFile::parse("kind = \"always\"\nroutes = [\"a\"]\n[ppp]\nuser = \"u\"\n", "l.toml");
  REQUIRE(file);
  conf::read_link(file->top());
  CHECK(file->faults().size() == 1);
}

TEST_CASE("an option that runs programs, names files or undoes what a session relies on is refused", "[conf][link]") {
  for (const std::string option : {"connect 'chat'",
                                   "plugin evil.so",
                                   "ip-up-script /tmp/x",
                                   "net-pre-up-script /x",
                                   "logfile /etc/passwd",
                                   "pty x",
                                   "call other",
                                   "file x",
                                   "lock",
                                   "nolock",
                                   "maxconnect 0",
                                   "lcp-echo-interval 0",
                                   "persist",
                                   "detach",
                                   "updetach",
                                   "password secret",
                                   "record /tmp/x",
                                   "auth",
                                   "linkname x",
                                   "set A=b",
                                   "/dev/ttyS0",
                                   "115200",
                                   "10.0.0.1:10.0.0.2",
                                   "",
                                   " ",
                                   "nocc\np",
                                   "-detach",
                                   "Noccp"}) {
    INFO(option);
    CHECK_FALSE(conf::fault_of_option(option).empty());
  }
  for (const std::string option : {"noccp", "novj", "lcp-restart 6", "asyncmap a0000", "refuse-pap", "debug", "local",
                                   "nocrtscts", "lcp-max-configure 20", "deflate 15"}) {
    INFO(option);
    CHECK(conf::fault_of_option(option).empty());
  }
}

TEST_CASE("a service that may pass the firewall is a protocol and a port", "[conf][link]") {
  CHECK(conf::parse_service("tcp/119") == conf::FirewallService{false, 119});
  CHECK(conf::parse_service("udp/65535") == conf::FirewallService{true, 65535});
  for (const std::string text : {"", "tcp", "tcp/", "tcp/0", "udp/65536", "119", "tcp/1-9", "icmp/1", "tcp/ 1"}) {
    INFO(text);
    CHECK_FALSE(conf::parse_service(text));
  }
  CHECK(settings_of("services = [\"tcp/119\"]\n").services.size() == 1);
  CHECK(fault_of("services = [\"news\"]\n").find("tcp/PORT") != std::string::npos);
  CHECK(fault_of("nft = \"nft\"\n").find("slash") != std::string::npos);
}
