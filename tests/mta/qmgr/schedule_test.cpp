#include "mta/qmgr/schedule.h"

#include <catch2/catch.hpp>

TEST_CASE("tries follow qmail's quadratic schedule", "[qmgr][schedule]") {
  std::int64_t age = 0;
  for (const std::int64_t expected : {100, 400, 900, 1600, 2500}) {
    age += mta::retry_delay(age);
    CHECK(age == expected);
  }
}

TEST_CASE("the pause before the next try never shrinks and is never nothing", "[qmgr][schedule]") {
  std::int64_t before = 0;
  for (std::int64_t age = 0; age < 10'000'000; age += 9973) {
    CHECK(mta::retry_delay(age) >= 100);
    before = mta::retry_delay(age);
  }
  CHECK(before > 60000);
  CHECK(mta::retry_delay(-5) == 100);
}
