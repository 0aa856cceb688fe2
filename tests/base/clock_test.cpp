#include "base/clock.h"

#include <stdlib.h>
#include <time.h>

#include <catch2/catch.hpp>

namespace {

void set_zone(const char* zone) {
  ::setenv("TZ", zone, 1);
  ::tzset();
}

}  // namespace

TEST_CASE("dates have RFC 5322's names and the local offset", "[base][clock]") {
  set_zone("UTC0");
  CHECK(base::rfc5322_date(0) == "Thu, 01 Jan 1970 00:00:00 +0000");
  CHECK(base::rfc5322_date(1'795'412'406) == "Mon, 23 Nov 2026 05:40:06 +0000");
  set_zone("ABC-5:45");
  CHECK(base::rfc5322_date(0) == "Thu, 01 Jan 1970 05:45:00 +0545");
  set_zone("ABC3:30");
  CHECK(base::rfc5322_date(0) == "Wed, 31 Dec 1969 20:30:00 -0330");
  set_zone("UTC0");
}

TEST_CASE("the clocks are read in their ranges", "[base][clock]") {
  const auto now = base::read_clock();
  CHECK(now.wall_microseconds >= 0);
  CHECK(now.wall_microseconds < 1'000'000);
  CHECK(now.boot_seconds >= 0);
  CHECK(base::read_clock().boot_seconds >= now.boot_seconds);
}
