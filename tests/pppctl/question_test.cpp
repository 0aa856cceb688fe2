#include "pppctl/question.h"

#include <catch2/catch.hpp>

#include "pppctl/mail_look.h"

namespace {

using namespace pppctl;
using policy::milliseconds;

const PastMoment now{{1'000'000, 900'000}, "boot"};

PastMoment ago(std::int64_t ms) { return {{now.at.wall_ms - ms, now.at.boot_ms - ms}, "boot"}; }

PastCall call(std::int64_t began, const std::string& number, const std::string& result, bool was_dialled = true) {
  return {ago(began), ago(began - 10), number, result, "soon", "busy", was_dialled};
}

LinkState failing(std::int64_t count, const std::string& retry = "soon") {
  return {"provider", true, 0, retry, "busy", count};
}

}  // namespace

TEST_CASE("the ages of dials and of the last call are known", "[pppctl][question]") {
  const auto past = past_calls_of({}, {ago(5000), ago(1000)}, {call(900, "1", "ok"), call(5000, "1", "ok")}, now);
  CHECK(past.dial_ages == std::vector<milliseconds>{milliseconds(1000), milliseconds(5000)});
  CHECK(past.since_begin == milliseconds(900));
  CHECK(past.since_end == milliseconds(890));
  CHECK(past.failures == 0);
}

TEST_CASE("failures of a number are those since the last call that went well, and no more than the link's count",
          "[pppctl][question]") {
  const std::vector<PastCall> calls{
      call(100, "1", "failed"), call(200, "2", "died"), call(300, "1", "failed", false), call(400, "1", "stopped"),
      call(500, "1", "failed"), call(600, "1", "ok"),   call(700, "1", "failed")};
  const auto past = past_calls_of(failing(9), {}, calls, now);
  CHECK(past.failures == 9);
  CHECK(past.retry == modem::Retry::soon);
  CHECK(past.failures_of_number == std::map<std::string, std::int64_t>{{"1", 2}, {"2", 1}});
  // A person has cleared the link after the third.
  CHECK(past_calls_of(failing(1), {}, calls, now).failures_of_number == std::map<std::string, std::int64_t>{{"1", 1}});
  CHECK(past_calls_of(LinkState{"provider", false, 0, "", "", 0}, {}, calls, now).failures_of_number.empty());
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
