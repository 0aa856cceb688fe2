#include "mta/mail/clock_floor.h"

#include <catch2/catch.hpp>

using base::ClockReading;
using mail::ClockFloor;
using mail::ClockTrust;

namespace {
constexpr std::int64_t day = 86400;
constexpr std::int64_t y2026 = 1'795'000'000;
ClockReading at(std::int64_t wall, std::int64_t boot) { return {wall, 0, boot}; }
}  // namespace

TEST_CASE("a clock in 1970 is not believed and nothing has an age", "[mail][clock]") {
  ClockFloor clock;
  CHECK(clock.observe(at(1000, 10), "boot") == ClockTrust::below_floor);
  CHECK(clock.age(0) == 0);
}

TEST_CASE("a clock that runs evenly is believed and ages are plain differences", "[mail][clock]") {
  ClockFloor clock;
  CHECK(clock.observe(at(y2026, 10), "boot") == ClockTrust::trusted);
  CHECK(clock.observe(at(y2026 + day, 10 + day), "boot") == ClockTrust::trusted);
  CHECK(clock.age(y2026) == day);
  CHECK(clock.floor() == y2026 + day);
}

TEST_CASE("a jump forward is believed only after it has held for an hour", "[mail][clock]") {
  ClockFloor clock;
  clock.observe(at(y2026, 100), "boot");
  CHECK(clock.observe(at(y2026 + 30 * day, 200), "boot") == ClockTrust::jumped);
  CHECK(clock.age(y2026) == 0);
  CHECK(clock.floor() == y2026);
  CHECK(clock.observe(at(y2026 + 30 * day + 3599, 200 + 3599), "boot") == ClockTrust::jumped);
  CHECK(clock.observe(at(y2026 + 30 * day + 3600, 200 + 3600), "boot") == ClockTrust::trusted);
  CHECK(clock.floor() == y2026 + 30 * day + 3600);
}

TEST_CASE("an accepted jump does not count as time that passed", "[mail][clock]") {
  ClockFloor clock;
  clock.observe(at(y2026, 100), "boot");
  clock.observe(at(y2026 + 30 * day, 200), "boot");
  clock.observe(at(y2026 + 30 * day + 3600, 200 + 3600), "boot");
  CHECK(clock.age(y2026) == 100 + 3600);
  // What began after the jump is not touched by it.
  CHECK(clock.age(y2026 + 30 * day) == 3600);
}

TEST_CASE("a jump that is taken back before an hour leaves no trace", "[mail][clock]") {
  ClockFloor clock;
  clock.observe(at(y2026, 100), "boot");
  clock.observe(at(y2026 + 30 * day, 200), "boot");
  CHECK(clock.observe(at(y2026 + 300, 400), "boot") == ClockTrust::trusted);
  CHECK(clock.age(y2026) == 300);
}

TEST_CASE("a person's word accepts a jump at once", "[mail][clock]") {
  ClockFloor clock;
  clock.observe(at(y2026, 100), "boot");
  clock.observe(at(y2026 + 30 * day, 200), "boot");
  clock.confirm(at(y2026 + 30 * day + 1, 201), "boot");
  CHECK(clock.trust() == ClockTrust::trusted);
  CHECK(clock.age(y2026) == 101);
}

TEST_CASE("a clock set too far ahead and back again expires nothing until a person lowers the floor", "[mail][clock]") {
  ClockFloor clock;
  clock.observe(at(y2026 + 3650 * day, 100), "boot");
  CHECK(clock.observe(at(y2026, 200), "boot") == ClockTrust::below_floor);
  CHECK(clock.age(y2026 - 100 * day) == 0);
  clock.confirm(at(y2026, 201), "boot");
  CHECK(clock.floor() == y2026);
  CHECK(clock.observe(at(y2026 + 60, 261), "boot") == ClockTrust::trusted);
}

TEST_CASE("a person may lower the floor below the time of the release", "[mail][clock]") {
  ClockFloor clock;
  clock.confirm(at(1'000'000'000, 5), "boot");
  CHECK(clock.observe(at(1'000'000'060, 65), "boot") == ClockTrust::trusted);
  CHECK(ClockFloor::parse(clock.format()).floor() == 1'000'000'060);
}

TEST_CASE("1970, put right within the boot, then an hour: earlier ages are untouched", "[mail][clock]") {
  ClockFloor before;
  before.observe(at(y2026, 100), "one");
  auto clock = ClockFloor::parse(before.format());
  CHECK(clock.observe(at(50, 50), "two") == ClockTrust::below_floor);
  CHECK(clock.observe(at(y2026 + day, 100), "two") == ClockTrust::jumped);
  CHECK(clock.observe(at(y2026 + day + 3600, 3700), "two") == ClockTrust::trusted);
  // Time trusted before the power cut: the machine may well have been off for that day.
  CHECK(clock.age(y2026) == day + 3600);
}

TEST_CASE("a watched jump survives in the file, a reboot ends the watch", "[mail][clock]") {
  ClockFloor before;
  before.observe(at(y2026, 100), "one");
  before.observe(at(y2026 + 9 * day, 200), "one");
  auto same = ClockFloor::parse(before.format());
  CHECK(same.observe(at(y2026 + 9 * day + 10, 210), "one") == ClockTrust::jumped);
  auto other = ClockFloor::parse(before.format());
  CHECK(other.observe(at(y2026 + 9 * day + 10, 10), "two") == ClockTrust::trusted);
}

TEST_CASE("what is written is read back the same", "[mail][clock]") {
  ClockFloor clock;
  clock.observe(at(y2026, 100), "boot");
  clock.observe(at(y2026 + 30 * day, 200), "boot");
  clock.observe(at(y2026 + 30 * day + 3600, 3800), "boot");
  CHECK(ClockFloor::parse(clock.format()).format() == clock.format());
}

TEST_CASE("a garbled clock file is a fresh state", "[mail][clock]") {
  CHECK(ClockFloor::parse("garbage\n").floor() == mail::first_floor);
  CHECK(ClockFloor::parse("").floor() == mail::first_floor);
}

TEST_CASE("only progress of a minute is worth a write", "[mail][clock]") {
  ClockFloor clock;
  clock.observe(at(y2026, 100), "boot");
  CHECK(clock.changed());
  clock.mark_written();
  clock.observe(at(y2026 + 30, 130), "boot");
  CHECK_FALSE(clock.changed());
  clock.observe(at(y2026 + 61, 161), "boot");
  CHECK(clock.changed());
}
