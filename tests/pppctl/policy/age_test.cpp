#include "pppctl/policy/age.h"

#include <catch2/catch.hpp>

using pppctl::policy::age_of;
using std::chrono::milliseconds;

TEST_CASE("within a boot no step of the wall clock changes an age", "[pppctl][policy]") {
  CHECK(age_of({1000, 500, "a"}, {999'999, 800, "a"}) == milliseconds(300));
  CHECK(age_of({1000, 500, "a"}, {0, 800, "a"}) == milliseconds(300));
}

TEST_CASE("what was before a boot is at least as old as that", "[pppctl][policy]") {
  CHECK(age_of({1000, 9'000'000, "a"}, {61'000, 500, "b"}) == milliseconds(60'000));
  CHECK(age_of({1'000'000, 9'000'000, "a"}, {61'000, 500, "b"}) == milliseconds(500));
  CHECK(age_of({1'000, 9'000'000, ""}, {1'000, 500, ""}) == milliseconds(500));
}
