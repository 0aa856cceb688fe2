#include "conf/clock_file.h"

#include <catch2/catch.hpp>

TEST_CASE("the newest time believed is read from the clock's file", "[conf]") {
  CHECK(conf::parse_clock_floor("0badcafe floor 1790000000\n12345678 seen boot 1 2\n") == 1'790'000'000);
  CHECK(conf::parse_clock_floor("0badcafe lowered 100000\n") == 100'000);
  CHECK(conf::parse_clock_floor("") == std::nullopt);
  CHECK(conf::parse_clock_floor("x floor y\n") == std::nullopt);
}
