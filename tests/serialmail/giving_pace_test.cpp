#include "serialmail/giving_pace.h"

#include <catch2/catch.hpp>

using serialmail::GivingPace;
using namespace std::chrono_literals;

namespace {
const GivingPace::Time start{1000s};
}

TEST_CASE("a client is named one message at a time until something was answered", "[serialmail][pace]") {
  GivingPace pace;
  CHECK(pace.at_once(start) == 1);
}

TEST_CASE("on a slow line messages are named one by one", "[serialmail][pace]") {
  GivingPace pace;
  for (int i = 0; i < 50; ++i) {
    pace.answered(start + i * 500ms);
    CHECK(pace.at_once(start + i * 500ms + 101ms) == 1);
  }
}

TEST_CASE("as many are named at once as were answered in the last tenth of a second, up to a bound",
          "[serialmail][pace]") {
  GivingPace pace;
  for (int i = 0; i < 5; ++i) pace.answered(start + i * 10ms);
  CHECK(pace.at_once(start + 50ms) == 5);
  CHECK(pace.at_once(start + 115ms) == 3);
  for (int i = 0; i < 1000; ++i) pace.answered(start + 200ms);
  CHECK(pace.at_once(start + 200ms) == serialmail::max_named_at_once);
}
