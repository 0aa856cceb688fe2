#include "pppctl/progress.h"

#include <catch2/catch.hpp>

using namespace pppctl;
using std::chrono::milliseconds;

TEST_CASE("octets of bodies that are sent count before their results come", "[pppctl][progress]") {
  Progress progress;
  progress.begin_job(milliseconds(0));
  progress.report(R"({"event":"planned","files":2,"octets":3000,"unknown":0})");
  progress.report(R"({"event":"begin","file":"new/a","octets":1000})");
  progress.report(R"({"event":"octets","file":"new/a","sent":400})");
  CHECK(progress.planned_octets() == 3000);
  CHECK(progress.done_octets() == 400);
  progress.report(R"({"event":"result","file":"new/a","recipient":"x@y","class":"accepted","text":"250 ok"})");
  CHECK(progress.done_octets() == 1000);
  CHECK(progress.accepted() == 1);
}

TEST_CASE("a second pass adds to what the first one did", "[pppctl][progress]") {
  Progress progress;
  progress.begin_job(milliseconds(0));
  progress.report(R"({"event":"planned","files":1,"octets":1000})");
  progress.report(R"({"event":"begin","file":"new/a","octets":1000})");
  progress.report(R"({"event":"result","file":"new/a","class":"accepted"})");
  progress.report(R"({"event":"planned","files":1,"octets":500})");
  CHECK(progress.planned_octets() == 1500);
  CHECK(progress.done_octets() == 1000);
}

TEST_CASE("what is no event of a report is let go", "[pppctl][progress]") {
  Progress progress;
  progress.begin_job(milliseconds(0));
  for (const char* line : {"", "no json", "[1,2]", "{\"event\":7}", R"({"event":"begin","file":[],"octets":-1})",
                           R"({"event":"newer","files":1})", R"({"event":"octets","file":"new/b","sent":99})"}) {
    progress.report(line);
  }
  CHECK(progress.done_octets() == 0);
  CHECK(progress.accepted() == 0);
  CHECK_FALSE(progress.has_totals());
}

TEST_CASE("a body never has more octets than it said", "[pppctl][progress]") {
  Progress progress;
  progress.begin_job(milliseconds(0));
  progress.report(R"({"event":"begin","file":"new/a","octets":10})");
  progress.report(R"({"event":"octets","file":"new/a","sent":5000})");
  CHECK(progress.done_octets() == 10);
}

TEST_CASE("the end's totals replace what was counted", "[pppctl][progress]") {
  Progress progress;
  progress.begin_job(milliseconds(0));
  progress.report(R"({"event":"end","sent":3,"refused":1,"deferred":2,"left":4,"unknown":1,"exit":111})");
  progress.count({900, 100}, milliseconds(2000));
  CHECK(progress.has_totals());
  const auto job = progress.end_job(milliseconds(2500));
  CHECK(job.accepted == 3);
  CHECK(job.left == 4);
  CHECK(job.unknown == 1);
  CHECK(job.octets.sent == 900);
  CHECK(job.took_ms == 2500);
  CHECK(progress.accepted() == 3);
  CHECK(progress.octets().received == 100);
}

TEST_CASE("what the link's own bounds kept back is not left over", "[pppctl][progress]") {
  Progress progress;
  progress.begin_job(milliseconds(0));
  progress.report(R"({"event":"end","sent":1,"left":5,"kept":{"size":2,"priority":1},"exit":111})");
  CHECK(progress.end_job(milliseconds(1)).left == 2);
  progress.begin_job(milliseconds(2));
  progress.report(R"({"event":"end","sent":1,"left":1,"kept":{"size":18446744073709551615},"exit":111})");
  CHECK(progress.end_job(milliseconds(3)).left == 0);
}

TEST_CASE("time left is what is left at the rate of the line", "[pppctl][progress]") {
  Progress progress;
  progress.expect(41000);
  progress.begin_job(milliseconds(0));
  CHECK_FALSE(progress.time_left());
  progress.report(R"({"event":"begin","file":"new/a","octets":41000})");
  progress.report(R"({"event":"octets","file":"new/a","sent":1000})");
  progress.count({4000, 0}, milliseconds(1000));
  CHECK(progress.rate() == Approx(4000));
  REQUIRE(progress.time_left());
  CHECK(progress.time_left()->count() == 10);
}

TEST_CASE("idle is the time that the line's speed does not account for", "[pppctl][progress]") {
  Progress progress;
  progress.set_speed(33600);
  progress.begin_job(milliseconds(0));
  progress.count({4200, 800}, milliseconds(2000));
  CHECK(progress.end_job(milliseconds(2000)).octets.sent == 4200);
  REQUIRE(progress.idle_share());
  CHECK(*progress.idle_share() == Approx(0.5));
}

TEST_CASE("without a speed nothing is said of idle time", "[pppctl][progress]") {
  Progress progress;
  progress.begin_job(milliseconds(0));
  progress.count({4200, 800}, milliseconds(2000));
  CHECK_FALSE(progress.idle_share());
}
