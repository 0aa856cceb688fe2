#include "serialmail/connection_plan.h"

#include <catch2/catch.hpp>

using Plan = serialmail::ConnectionPlan;
using namespace std::chrono_literals;

namespace {

Plan::Scene waiting(std::size_t open = 1) { return {open, 0, 0, true, false}; }
Plan::Scene sending(std::size_t open = 1, std::size_t with_octets = 1) { return {open, 0, with_octets, true, false}; }

Plan planned(std::size_t limit, Plan::Time exchange) {
  Plan plan(limit);
  plan.exchange_took(exchange);
  return plan;
}

}  // namespace

TEST_CASE("a further connection is opened when the idle time has paid for it, and not before",
          "[serialmail][connections]") {
  auto plan = planned(4, 1000ms);
  REQUIRE(plan.observe(0ms, waiting()) == Plan::Advice::stay);
  REQUIRE(plan.due() == 500ms);
  REQUIRE(plan.observe(499ms, waiting()) == Plan::Advice::stay);
  REQUIRE(plan.observe(500ms, waiting()) == Plan::Advice::open);
  // The second one has to be paid for anew.
  REQUIRE(plan.observe(600ms, waiting(2)) == Plan::Advice::stay);
  REQUIRE(plan.observe(800ms, sending(2)) == Plan::Advice::stay);
  REQUIRE(plan.observe(5000ms, waiting(2)) == Plan::Advice::stay);
  REQUIRE(plan.due() == 5200ms);
  REQUIRE(plan.observe(5200ms, waiting(2)) == Plan::Advice::open);
}

TEST_CASE("while a connection is set up the next one costs as much more", "[serialmail][connections]") {
  auto plan = planned(4, 1000ms);
  (void)plan.observe(0ms, {2, 1, 0, true, false});
  REQUIRE(plan.due() == 1000ms);
  REQUIRE(plan.observe(999ms, {2, 1, 0, true, false}) == Plan::Advice::stay);
  REQUIRE(plan.observe(1000ms, {2, 1, 0, true, false}) == Plan::Advice::open);
}

TEST_CASE("where commands wait for each other the first further connection is opened at once, others are paid for",
          "[serialmail][connections]") {
  auto plan = planned(4, 1000ms);
  auto scene = sending();
  scene.in_lock_step = true;
  scene.mail_waits = false;
  REQUIRE(plan.observe(0ms, scene) == Plan::Advice::stay);
  scene.mail_waits = true;
  REQUIRE(plan.observe(10ms, scene) == Plan::Advice::open);
  scene = {2, 1, 0, true, false, true};
  REQUIRE(plan.observe(20ms, scene) == Plan::Advice::stay);
  REQUIRE(plan.observe(519ms, scene) == Plan::Advice::stay);
  REQUIRE(plan.observe(520ms, scene) == Plan::Advice::open);
  scene = {3, 0, 0, true, false, true};
  REQUIRE(plan.observe(530ms, scene) == Plan::Advice::stay);
  REQUIRE(plan.due() == 1020ms);
}

TEST_CASE("a connection that has to log in is opened when the idle time has reached all that this takes",
          "[serialmail][connections]") {
  auto plan = planned(4, 1000ms);
  plan.set_up_takes(2500ms);
  REQUIRE(plan.observe(0ms, waiting()) == Plan::Advice::stay);
  REQUIRE(plan.observe(1000ms, sending()) == Plan::Advice::stay);
  REQUIRE(plan.observe(1001ms, waiting()) == Plan::Advice::stay);
  REQUIRE(plan.observe(2001ms, sending()) == Plan::Advice::stay);
  REQUIRE(plan.observe(2002ms, waiting()) == Plan::Advice::stay);
  REQUIRE(plan.observe(2501ms, waiting()) == Plan::Advice::stay);
  REQUIRE(plan.observe(2502ms, waiting()) == Plan::Advice::open);
}

TEST_CASE("idle time adds up over many short waits", "[serialmail][connections]") {
  auto plan = planned(4, 200ms);
  Plan::Time now{0};
  int messages = 0;
  for (auto advice = Plan::Advice::stay; advice == Plan::Advice::stay; ++messages, now += 500ms) {
    REQUIRE(plan.observe(now, sending()) == Plan::Advice::stay);
    REQUIRE(plan.observe(now + 470ms, waiting()) == Plan::Advice::stay);
    advice = plan.observe(now + 500ms, waiting());
  }
  REQUIRE(messages == 4);
}

TEST_CASE("a wait longer than an exchange counts as one: the rest is octets on their way",
          "[serialmail][connections]") {
  auto plan = planned(4, 1000ms);
  (void)plan.observe(0ms, waiting(2));
  REQUIRE(plan.observe(60000ms, waiting(2)) == Plan::Advice::open);
  (void)plan.observe(60000ms, waiting(3));
  REQUIRE(plan.observe(120000ms, waiting(3)) == Plan::Advice::stay);
  REQUIRE_FALSE(plan.due());
}

TEST_CASE("no connection is opened beyond the bound, without mail, or on a quick line", "[serialmail][connections]") {
  const auto after_a_long_wait = [](Plan plan, const Plan::Scene& scene) {
    (void)plan.observe(0ms, scene);
    return plan.observe(60000ms, scene);
  };
  REQUIRE(after_a_long_wait(planned(2, 1000ms), waiting()) == Plan::Advice::open);
  REQUIRE(after_a_long_wait(planned(1, 1000ms), waiting()) == Plan::Advice::stay);
  REQUIRE(after_a_long_wait(planned(4, 1000ms), {1, 0, 0, false, false}) == Plan::Advice::stay);
  REQUIRE(after_a_long_wait(planned(4, 49ms), waiting()) == Plan::Advice::stay);
  REQUIRE(after_a_long_wait(Plan(4), waiting()) == Plan::Advice::stay);
  auto refused = planned(4, 1000ms);
  refused.refused(1);
  REQUIRE(after_a_long_wait(refused, waiting()) == Plan::Advice::stay);
}

TEST_CASE("a connection is closed when one fills the line alone", "[serialmail][connections]") {
  auto plan = planned(4, 1000ms);
  REQUIRE(plan.observe(0ms, {2, 0, 0, true, true}) == Plan::Advice::close);
  REQUIRE(plan.observe(9000ms, {1, 0, 0, true, true}) == Plan::Advice::stay);
}

TEST_CASE("a connection is closed when it only stands in line, and opened again at four times its price",
          "[serialmail][connections]") {
  auto plan = planned(4, 1000ms);
  (void)plan.observe(0ms, sending(3, 2));
  REQUIRE(plan.observe(19999ms, sending(3, 2)) == Plan::Advice::stay);
  REQUIRE(plan.observe(20000ms, sending(3, 2)) == Plan::Advice::close);
  (void)plan.observe(20000ms, waiting(2));
  REQUIRE(plan.observe(40000ms, waiting(2)) == Plan::Advice::stay);
  for (int gap = 2; gap < 4; ++gap) {  // each counts as no more than an exchange
    (void)plan.observe(40000ms + gap * 2000ms, sending(2, 1));
    (void)plan.observe(41000ms + gap * 2000ms, waiting(2));
    REQUIRE(plan.observe(42000ms + gap * 2000ms, waiting(2)) == Plan::Advice::stay);
  }
  (void)plan.observe(48000ms, sending(2, 1));
  (void)plan.observe(49000ms, waiting(2));
  REQUIRE(plan.observe(50000ms, waiting(2)) == Plan::Advice::open);
  auto needed = planned(4, 1000ms);
  (void)needed.observe(0ms, sending(2, 2));
  (void)needed.observe(15000ms, sending(2, 1));
  REQUIRE(needed.observe(20000ms, sending(2, 2)) == Plan::Advice::stay);
}
