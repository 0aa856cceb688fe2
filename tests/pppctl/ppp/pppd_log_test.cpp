#include "pppctl/ppp/pppd_log.h"

#include <catch2/catch.hpp>
#include <vector>

using namespace pppctl::ppp;

namespace {

LinkState after(const std::vector<std::string>& lines) {
  PppdLog log;
  for (const auto& line : lines) log.hear(line);
  return log.state();
}

const std::vector<std::string> up_lines{
    "Using interface ppp0",          "Connect: ppp0 <--> /dev/ttyS1",    "CHAP authentication succeeded: welcome",
    "CHAP authentication succeeded", "Deflate (15) compression enabled", "local  IP address 10.0.0.2",
    "remote IP address 10.0.0.1",    "primary   DNS address 10.0.0.3",   "secondary DNS address 10.0.0.4"};

}  // namespace

TEST_CASE("the phases of RFC 1661 are read from pppd's log", "[pppctl][ppp]") {
  PppdLog log;
  const std::vector<LinkPhase> phases{LinkPhase::dead,         LinkPhase::establish,    LinkPhase::authenticate,
                                      LinkPhase::authenticate, LinkPhase::authenticate, LinkPhase::network,
                                      LinkPhase::network,      LinkPhase::network,      LinkPhase::network};
  for (std::size_t i = 0; i < up_lines.size(); ++i) {
    log.hear(up_lines[i]);
    INFO(up_lines[i]);
    CHECK(log.state().phase == phases[i]);
    CHECK(log.state().is_up() == (i >= 6));
  }
  // A server may ask for the password again at any time (RFC 1994 §4.1).
  log.hear("CHAP authentication succeeded");
  CHECK(log.state().is_up());
  const auto& state = log.state();
  CHECK(state.interface == "ppp0");
  CHECK(state.local_ip == "10.0.0.2");
  CHECK(state.remote_ip == "10.0.0.1");
  CHECK(state.dns[0] == "10.0.0.3");
  CHECK(state.dns[1] == "10.0.0.4");
  CHECK(state.end.empty());
}

TEST_CASE("the first reason for the end of a link is its cause", "[pppctl][ppp]") {
  auto lines = up_lines;
  lines.insert(lines.end(), {"No response to 3 echo-requests", "Serial link appears to be disconnected.",
                             "Connect time 12.5 minutes.", "Sent 34567 bytes, received 4294967295 bytes.",
                             "Connection terminated.", "Modem hangup"});
  const auto state = after(lines);
  CHECK(state.phase == LinkPhase::terminate);
  CHECK_FALSE(state.is_up());
  CHECK(state.end == "No response to 3 echo-requests");
  CHECK(state.sent == 34567U);
  CHECK(state.received == 4294967295U);
  CHECK(state.up_for == std::chrono::milliseconds(750000));
  CHECK(state.interface == "ppp0");
}

TEST_CASE("each of pppd's reasons is known by its first words", "[pppctl][ppp]") {
  for (const std::string line :
       {"Terminating connection due to lack of activity.", "Connect time expired", "Modem hangup",
        "LCP terminated by peer (peer refused)", "Terminating on signal 15", "Hangup (SIGHUP)",
        "Serial line is looped back.", "PAP authentication failed", "CHAP authentication failed: bad password",
        "LCP: timeout sending Config-Requests", "Peer refused to agree to our IP address", "Connect script failed",
        "Initializer script failed"}) {
    INFO(line);
    CHECK(after({line}).end == line);
  }
  for (const std::string line :
       {"Device ttyS1 is locked by pid 812", "Failed to open /dev/ttyS1: No such file or directory",
        "No secret found for PAP login", "not replacing default route via 10.0.0.9"}) {
    INFO(line);
    CHECK(after({line}).trouble == line);
    CHECK(after({line}).end.empty());
  }
}

TEST_CASE("what pppd says of its options is kept without its own path", "[pppctl][ppp]") {
  CHECK(after({"/usr/sbin/pppd: In file /etc/ppp/peers/x: unrecognized option 'y'"}).trouble ==
        "In file /etc/ppp/peers/x: unrecognized option 'y'");
  CHECK(after({"pppd: must be root"}).trouble == "must be root");
}

TEST_CASE("a log that makes no sense tells nothing and does no harm", "[pppctl][ppp]") {
  const auto state =
      after({"", "local  IP address", "local  IP address ../../etc", "remote IP address 10.0.0.1; rm",
             "Using interface averyveryverylongname", "Using interface ../x", "Sent x bytes, received y bytes.",
             "Sent 1 bytes.", "Connect time nan minutes.", "Connect time -1 minutes.", "Connect time 1e300 minutes.",
             std::string(5000, 'x'), "Connect: "});
  CHECK_FALSE(state.is_up());
  CHECK(state.local_ip.empty());
  CHECK(state.interface.empty());
  CHECK_FALSE(state.sent);
  CHECK_FALSE(state.up_for);
  CHECK(after({"Modem hangup" + std::string(5000, 'x')}).end.size() == max_log_line);
}
