#include "pppctl/ppp/firewall.h"

#include <catch2/catch.hpp>

using namespace pppctl::ppp;

TEST_CASE("each link has a table of its own, whatever its name", "[pppctl][firewall]") {
  CHECK(firewall_table("provider") == "offhook_provider");
  CHECK(firewall_table("a-b") == "offhook_a_2db");
  CHECK(firewall_table("a_2db") != firewall_table("a-b"));
}

TEST_CASE("over a paid interface goes what the jobs need, and nothing else", "[pppctl][firewall]") {
  const auto rules = firewall_rules("p", "ppp0", {{Transport::tcp, 587}, {Transport::tcp, 25}, {Transport::udp, 123}});
  CHECK(rules.find("tcp dport { 25, 53, 587 } accept") != std::string::npos);
  CHECK(rules.find("udp dport { 53, 123 } accept") != std::string::npos);
  for (const std::string chain : {"output", "input", "forward"}) {
    INFO(chain);
    const auto begin = rules.find("chain " + chain);
    REQUIRE(begin != std::string::npos);
    const auto end = rules.find('}', rules.find("counter drop", begin));
    CHECK(end != std::string::npos);
  }
  // Other interfaces are none of it.
  CHECK(rules.find("oifname != \"ppp0\" accept") != std::string::npos);
  CHECK(rules.find("iifname != \"ppp0\" accept") != std::string::npos);
}

TEST_CASE("rules replace those that are there, and go as a whole", "[pppctl][firewall]") {
  const auto removal = firewall_removal("p");
  CHECK(removal == "table inet offhook_p {}\ndelete table inet offhook_p\n");
  CHECK(firewall_rules("p", "ppp0", {}).starts_with(removal));
}
