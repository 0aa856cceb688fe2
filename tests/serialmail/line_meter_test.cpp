#include "serialmail/line_meter.h"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using serialmail::LineMeter;
using serialmail::LineReading;

TEST_CASE("octets of all connections count, and what a connection did before us does not", "[serialmail][line_meter]") {
  const LineReading before{1000, 500, 3s, 0ms};
  LineMeter meter(0s);
  meter.add(LineReading{1600, 700, 3s, 0ms}.since(before));
  meter.add({30, 7, 0ms, 0ms});
  meter.pass(1s);
  CHECK(meter.use().up == 630);
  CHECK(meter.use().down == 207);
  CHECK(meter.use().time == 1s);
  CHECK(meter.use().idle == 1s);
}

TEST_CASE("the line is idle only while no connection has octets on their way", "[serialmail][line_meter]") {
  LineMeter meter(0s);
  // Both begin to send at once: one has done after 0.4 s, the other after 1 s.
  meter.add({100, 0, 400ms, 0ms});
  meter.add({100, 0, 1s, 0ms});
  meter.pass(3s);
  CHECK(meter.use().idle == 2s);
  meter.add({100, 0, 500ms, 0ms});
  meter.add({0, 0, 0ms, 0ms});
  meter.pass(4s);
  CHECK(meter.use().idle == 2500ms);
}

TEST_CASE("a line whose last octet waits for its acknowledgement is idle for the round trip",
          "[serialmail][line_meter]") {
  LineMeter meter(0s);
  for (int i = 1; i <= 10; ++i) {  // lock-step: 50 ms of octets, 600 ms there and back, 50 ms of nothing
    meter.add({1, 0, 650ms, 600ms});
    meter.pass(i * 700ms);
  }
  CHECK(meter.use().idle == 6500ms);
}

TEST_CASE("a stream of octets is not idle between two looks, but for a round trip at its end",
          "[serialmail][line_meter]") {
  LineMeter meter(0s);
  for (int i = 1; i <= 10; ++i) {  // the kernel counts in ticks
    meter.add({1, 0, 996ms, 600ms});
    meter.pass(i * 1s);
  }
  CHECK(meter.use().idle == 40ms);
  meter.add({1, 0, 500ms, 600ms});
  meter.pass(12s);
  CHECK(meter.use().idle == 40ms + 1500ms + 600ms);
}

TEST_CASE("where nobody knows whether octets are on their way nothing is said of idle time",
          "[serialmail][line_meter]") {
  LineMeter meter(0s);
  meter.add({100, 10, std::nullopt, 0ms});
  meter.pass(1s);
  CHECK(meter.use().up == 100);
  CHECK_FALSE(meter.use().idle);
}
