#include "pppctl/forecast/forecast.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "pppctl/forecast/plan_report.h"

using namespace pppctl;
using namespace pppctl::forecast;

namespace {

constexpr double trips_a_session = 3.5;  // as forecast.cpp counts them

// Jobs from set_up on; a line of 28800 bit/s, 3600 octets a second.
Call carried(std::int64_t set_up_ms, std::uint64_t messages, std::uint64_t octets, double round_trip) {
  const auto trips = trips_a_session + static_cast<double>(messages);
  const auto took = static_cast<std::int64_t>(1000 * (trips * round_trip + static_cast<double>(octets) / 3600));
  Call call;
  call.result = "ok";
  call.speed = 28800;
  call.phases = {{"idle", 0, 0, "ok", "", ""},
                 {"jobs", set_up_ms, took, "ok", "", ""},
                 {"hanging_up", set_up_ms + took, 500, "ok", "", ""}};
  JobRecord job;
  job.accepted = messages;
  job.octets.sent = octets;
  job.took_ms = took;
  call.jobs = {job};
  call.ended = Moment{0, set_up_ms + took + 500};
  return call;
}

Call failed() {
  auto call = carried(1000, 1, 10, 0.1);
  call.result = "failed";
  return call;
}

}  // namespace

TEST_CASE("the pace of a line is taken from the last ten calls that carried mail, with its range",
          "[pppctl][forecast]") {
  std::vector<Call> calls{failed(), carried(20000, 4, 36000, 0.2), carried(30000, 4, 72000, 0.3),
                          carried(25000, 8, 36000, 0.25)};
  auto pace = pace_of(calls);
  REQUIRE(pace);
  CHECK(pace->calls == 3);
  CHECK(pace->set_up.least == Approx(20));
  CHECK(pace->set_up.usual == Approx(25));
  CHECK(pace->set_up.most == Approx(30));
  CHECK(pace->rate.usual == Approx(3600));
  CHECK(pace->round_trip.least == Approx(0.2).margin(0.001));
  CHECK(pace->round_trip.most == Approx(0.3).margin(0.001));
  CHECK(pace->hang_up.usual == Approx(0.5));
  calls.assign(30, carried(20000, 4, 36000, 0.2));
  CHECK(pace_of(calls)->calls == 10);
  CHECK_FALSE(pace_of({failed()}));
  CHECK_FALSE(pace_of({}));
}

TEST_CASE("a modem that tells the speed of its port does not make the line faster than it was", "[pppctl][forecast]") {
  auto call = carried(1000, 4, 36000, 0.2);
  call.speed = 9600;  // slower than what was carried
  const auto pace = pace_of({call});
  REQUIRE(pace);
  CHECK(pace->rate.usual == Approx(36000.0 / (static_cast<double>(call.jobs[0].took_ms) / 1000)));
  CHECK(pace->round_trip.usual == Approx(0).margin(1e-9));
}

TEST_CASE("a forecast is set-up, round trips, octets and hang-up", "[pppctl][forecast]") {
  const Pace pace{{20, 20, 30}, {3000, 3600, 3600}, {0.2, 0.2, 0.4}, {1, 1, 2}, 1};
  const auto made = forecast::forecast(pace, {Load{10, 2, 100000, 0, 0}});
  CHECK(made.dialogue == Approx((trips_a_session + 10) * 0.2));
  CHECK(made.octets == Approx((60 + 102000 + 1300 + 80) / 3600.0));
  CHECK(made.total.usual == Approx(21 + made.dialogue + made.octets));
  CHECK(made.total.least == Approx(made.total.usual));
  CHECK(made.total.most > made.total.usual + 11);
  CHECK(forecast::forecast(pace, {Load{}}).dialogue == 0);
}

TEST_CASE("what is assumed grows with PPP and with the kind of modem", "[pppctl][forecast]") {
  conf::LinkProfile line;
  conf::LinkProfile ppp;
  ppp.kind = conf::LinkKind::ppp;
  conf::ModemProfile modem;
  const auto plain = assumed_pace(line, modem);
  CHECK(plain.calls == 0);
  CHECK(assumed_pace(ppp, modem).set_up.usual > plain.set_up.usual);
  CHECK(assumed_pace(ppp, modem).rate.usual < plain.rate.usual);
  modem.kind = conf::ModemKind::iridium;
  CHECK(assumed_pace(line, modem).rate.usual < plain.rate.usual);
}

TEST_CASE("the plan of a flush is added up, copies without their octets", "[pppctl][forecast]") {
  const auto load = load_of(
      "{\"event\":\"message\",\"file\":\"new/a\",\"octets\":2048,\"copy\":false}\n"
      "{\"event\":\"message\",\"file\":\"new/b\",\"octets\":2048,\"copy\":true}\n"
      "{\"event\":\"kept\",\"file\":\"new/"
      "c\",\"octets\":9,\"bound\":\"size\"}\n{\"event\":\"held\"}\n{\"event\":\"new\"}\n");
  REQUIRE(load);
  CHECK(load->messages == 1);
  CHECK(load->copies == 1);
  CHECK(load->octets == 2048);
  CHECK(load->kept == 1);
  CHECK(load->held == 1);
  CHECK_FALSE(load_of("what\n"));
}

TEST_CASE("a plan tells time, where it is from, and money", "[pppctl][forecast]") {
  LinkPlan plan{"provider",
                {{"provider", {3, 0, 90000, 0, 1}}},
                {{20, 25, 30}, {3600, 3600, 3600}, {0.1, 0.2, 0.3}, {1, 1, 1}, 3},
                {},
                CostRange{"EUR", 82'500'000, 113'700'000, 144'900'000}};
  plan.forecast = forecast::forecast(plan.pace, {plan.routes[0].load});
  const auto text = plan_text({plan});
  CHECK(text.find("provider: 3 messages, 90.0 kB; 1 on hold in about 52.9 s (") != std::string::npos);
  CHECK(text.find("as the last 3 calls showed") != std::string::npos);
  CHECK(text.find("about 0.1137 EUR (0.0825 to 0.1449)") != std::string::npos);
  const auto json = nlohmann::json::parse(plan_json({plan}));
  CHECK(json[0]["seconds"]["usual"] == Approx(plan.forecast.total.usual));
  CHECK(json[0]["cost"]["usual"] == "0.1137");
  CHECK(plan_text({LinkPlan{"x", {}, {}, {}, {}}}) == "x: nothing would be sent\n");
}
