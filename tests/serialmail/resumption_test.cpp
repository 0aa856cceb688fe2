#include "serialmail/resumption.h"

#include <catch2/catch.hpp>

using serialmail::transid_from;
using serialmail::transid_from_bytes;
using namespace std::chrono_literals;

TEST_CASE("on a slow line a shorter message gets a TRANSID, if that costs no more than a tenth of its time",
          "[serialmail][resume]") {
  CHECK(transid_from(3000, 10s, 200ms) == 3000);      // 2,400 bit/s: ten seconds of the line
  CHECK(transid_from(675, 2250ms, 1500ms) == 13500);  // thirty exchanges
  CHECK(transid_from(12000, 10s, 200ms) == 12000);    // 9,600 bit/s
}

TEST_CASE("on a telephone line and a faster one, or one that is not measured, it is 32 KiB", "[serialmail][resume]") {
  CHECK(transid_from(42000, 10s, 200ms) == transid_from_bytes);
  CHECK(transid_from(2200, 1ms, 1ms) == transid_from_bytes);
  CHECK(transid_from(2200, 0ms, 100ms) == transid_from_bytes);
  CHECK(transid_from(2200, -5ms, 100ms) == transid_from_bytes);
  CHECK(transid_from(~0ULL, 1ms, 1ms) == transid_from_bytes);
}
