#include "pppctl/ppp/standing_line.h"

#include <catch2/catch.hpp>
#include <map>

using namespace pppctl::ppp;

namespace {

StandingLine from(std::map<std::string, std::string> variables) {
  return line_of_environment([variables = std::move(variables)](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string() : found->second;
  });
}

}  // namespace

TEST_CASE("an interface is told by Debian's variables or by pppd's", "[pppctl][notify]") {
  const auto pppds = from({{"IFNAME", "ppp0"}, {"IPLOCAL", "10.0.0.2"}, {"IPREMOTE", "10.0.0.1"}, {"PPPD_PID", "812"}});
  CHECK(pppds.interface.name == "ppp0");
  CHECK(pppds.interface.local_ip == "10.0.0.2");
  CHECK(pppds.pppd == 812);
  const auto debians = from({{"PPP_IFACE", "ppp1"}, {"PPP_LOCAL", "10.0.0.4"}, {"PPP_REMOTE", "10.0.0.3"}});
  CHECK(debians.interface.name == "ppp1");
  CHECK(debians.interface.remote_ip == "10.0.0.3");
  CHECK(debians.pppd == 0);
  CHECK(from({{"IFNAME", "ppp0 x"}, {"PPPD_PID", "-1"}}).interface.name.empty());
}

TEST_CASE("what is kept of a standing line is read back, and nonsense is no line", "[pppctl][notify]") {
  const StandingLine line{{"ppp0", "", "10.0.0.1"}, 812};
  const auto again = parse_standing(standing_text(line));
  REQUIRE(again);
  CHECK(again->interface.name == "ppp0");
  CHECK(again->interface.local_ip.empty());
  CHECK(again->interface.remote_ip == "10.0.0.1");
  CHECK(again->pppd == 812);
  for (const std::string text : {"", "\n", "ppp0", "- - - 0", "ppp0 a b c", "ppp0 a b 1 2"})
    CHECK_FALSE(parse_standing(text));
}
