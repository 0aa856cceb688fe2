#include "pppctl/conditions.h"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;

TEST_CASE("conditions on the mail are read, each once", "[pppctl][conditions]") {
  CHECK(pppctl::parse_conditions("due")->are_the_profiles);
  const auto any = pppctl::parse_conditions("any");
  REQUIRE(any);
  CHECK_FALSE((any->are_the_profiles || any->older || any->messages || any->octets || any->priority));
  const auto all = pppctl::parse_conditions("older=30m,messages=10,octets=200k,priority=-4");
  REQUIRE(all);
  CHECK(all->older == 30min);
  CHECK(all->messages == 10U);
  CHECK(all->octets == 204800U);
  CHECK(all->priority == -4);
  for (const std::string text : {"", "x", "older", "older=", "older=5", "messages=-1", "octets=1x", "priority=10",
                                 "older=1m,", "older=1m,older=2m", ",older=1m", "due,any"}) {
    INFO(text);
    const auto bad = pppctl::parse_conditions(text);
    REQUIRE_FALSE(bad);
    CHECK(bad.error().kind == base::FailureKind::permanent);
  }
}

TEST_CASE("conditions stand in the place of the profile's, due leaves them", "[pppctl][conditions]") {
  conf::LinkPolicy policy;
  policy.interval = 1h;
  policy.messages = 10;
  policy.pause = 2min;
  const auto due = pppctl::with_conditions(policy, *pppctl::parse_conditions("due"));
  CHECK(due.interval == 1h);
  CHECK(due.messages == 10U);
  const auto older = pppctl::with_conditions(policy, *pppctl::parse_conditions("older=5m"));
  CHECK_FALSE(older.interval);
  CHECK_FALSE(older.messages);
  CHECK(older.older == 5min);
  CHECK(older.pause == 2min);
}
