#include "pppctl/question.h"

#include <catch2/catch.hpp>

#include "pppctl/mail_look.h"

namespace {

using namespace pppctl;
using policy::milliseconds;

const PastMoment now{{1'000'000, 900'000}, "boot"};

PastMoment ago(std::int64_t ms) { return {{now.at.wall_ms - ms, now.at.boot_ms - ms}, "boot"}; }

PastDial dial(std::int64_t began, const std::string& number = "1", const std::string& result = "ok") {
  return {ago(began), number, result};
}

}  // namespace

TEST_CASE("the ages of dials and of the last call are known", "[pppctl][question]") {
  const auto past = past_calls_of({}, {dial(5000), dial(1000)}, PastCall{ago(900), ago(890)}, now);
  CHECK(past.dial_ages == std::vector<milliseconds>{milliseconds(1000), milliseconds(5000)});
  CHECK(past.since_begin == milliseconds(900));
  CHECK(past.since_end == milliseconds(890));
  CHECK(past.failures == 0);
}

TEST_CASE("a link's failures are those of its state", "[pppctl][question]") {
  const auto past = past_calls_of(LinkState{"provider", true, 0, "soon", "busy", 9}, {}, {}, now);
  CHECK(past.failures == 9);
  CHECK(past.retry == modem::Retry::soon);
  CHECK(past.reason == "busy");
  CHECK(past_calls_of(LinkState{"provider", false, 0, "", "", 0}, {}, {}, now).failures == 0);
}

TEST_CASE("failures of a number are those since a call by it went well, whatever other numbers did",
          "[pppctl][question]") {
  using Failures = std::map<std::string, std::int64_t>;
  const std::vector<PastDial> dials{dial(100, "2"),
                                    dial(110, "1", "failed"),
                                    dial(200, "2", "died"),
                                    dial(300, "1", "died"),
                                    dial(400, "1", "stopped"),
                                    dial(410, "", "failed"),
                                    dial(420, "1", "open"),
                                    dial(500, "1", "failed"),
                                    dial(510, "1", "budget_reached"),
                                    dial(600, "1", "mail_left"),
                                    dial(700, "1", "failed")};
  CHECK(failures_of_numbers(dials) == Failures{{"1", 3}});
  const auto past = past_calls_of(LinkState{"provider", false, 0, "", "", 0}, dials, {}, now);
  CHECK(past.failures_of_number == Failures{{"1", 3}});
  CHECK(failures_of_numbers({}).empty());
}

TEST_CASE("of a plan the messages count, whatever else it says", "[pppctl][question]") {
  const auto files = parse_plan_lines(
      "{\"event\":\"message\",\"file\":\"new/1.a\",\"octets\":812,\"priority\":-4,\"more\":[]}\n"
      "{\"event\":\"held\",\"file\":\"new/2.a\",\"reason\":\"x\"}\nnoise\n[]\n{\"event\":7}\n"
      "{\"event\":\"message\",\"file\":\"new/3\\\\012\",\"octets\":\"x\",\"priority\":1}\n"
      "{\"event\":\"message\",\"file\":\"/etc/passwd\",\"octets\":1,\"priority\":0}\n{\"event\":\"total\"}");
  REQUIRE(files.size() == 3);
  CHECK(files[0].path == "new/1.a");
  CHECK(files[0].octets == 812);
  CHECK(files[0].priority == -4);
  CHECK(files[1].path.empty());
  CHECK(files[1].octets == 0);
  CHECK(files[2].path.empty());
}
