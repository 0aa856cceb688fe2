#include "tests/bench/lane.h"

#include <catch2/catch.hpp>

namespace {

using bench::Lane;
using namespace std::chrono_literals;

const bench::Moment start{1000s};

}  // namespace

TEST_CASE("octets leave at the line's rate and arrive the delay later", "[bench][lane]") {
  Lane lane(2'400, 700ms);
  const auto passage = lane.send(start, 300);
  CHECK(passage.begin == start);
  CHECK(passage.end == start + 1s);
  CHECK(passage.arrival == start + 1700ms);
  CHECK_FALSE(lane.is_free(start + 999ms));
  CHECK(lane.is_free(start + 1s));
}

TEST_CASE("a lane that is looked at late loses no time", "[bench][lane]") {
  Lane lane(33'600, 100ms);
  lane.send(start, 4'200);
  const auto next = lane.send(start + 1s + 3ms, 4'200);
  CHECK(next.end == start + 2s);
  CHECK(next.pause == 0s);
  CHECK(lane.busy() == 2s);
  CHECK(lane.octets() == 8'400);
}

TEST_CASE("a lane that was found idle begins when something comes", "[bench][lane]") {
  Lane lane(1'000'000, 0ms);
  lane.send(start, 125);
  lane.found_idle(start + 500us);
  CHECK_FALSE(lane.is_idle());  // still sending
  lane.found_idle(start + 1ms);
  const auto next = lane.send(start + 5s, 125);
  CHECK(next.begin == start + 5s);
  CHECK(next.pause == 5s - 1ms);
}

TEST_CASE("pieces are a few milliseconds of the line and at least one octet", "[bench][lane]") {
  CHECK(Lane(2'400, 0ms).piece_octets() == 1);
  CHECK(Lane(33'600, 0ms).piece_octets() == 21);
  CHECK(Lane(1'000'000, 0ms).piece_octets() == 625);
}
