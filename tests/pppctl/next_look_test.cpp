#include "pppctl/next_look.h"

#include <catch2/catch.hpp>

using namespace pppctl;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t now = 1'795'480'984'000;

}  // namespace

TEST_CASE("with nothing to wait for the daemon rests as long as it may", "[pppctl][daemon]") {
  conf::Places places;
  places.run = "/nowhere";
  CHECK(rest_until(read_next_look(places), now) == longest_rest);
}

TEST_CASE("the daemon looks again when a link waits for a time, and not at once for one that has passed",
          "[pppctl][daemon]") {
  CHECK(rest_until(now + 60'500, now) == 60'500ms);
  CHECK(rest_until(now - 1, now) == shortest_rest);
  CHECK(rest_until(0, now) == shortest_rest);
}
