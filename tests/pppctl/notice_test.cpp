#include "pppctl/notice.h"

#include <catch2/catch.hpp>

using namespace pppctl;

namespace {

Verdict failure(const std::string& reason, const std::string& advice = "") {
  return {CallResult::failed, 111, modem::Retry::later, reason, advice};
}
const Verdict good{CallResult::ok, 0, {}, "", ""};

}  // namespace

TEST_CASE("the first failure is said with what to do", "[pppctl][notice]") {
  const auto notice = notice_of("provider", {}, failure("the modem does not answer", "is it switched on?"), 1000);
  CHECK(notice.line == "provider: the modem does not answer (is it switched on?)");
  REQUIRE(notice.state);
  CHECK(notice.state->failing);
  CHECK(notice.state->since_wall_ms == 1000);
  CHECK(notice.state->count == 1);
}

TEST_CASE("the same failure again is silent though its numbers are others", "[pppctl][notice]") {
  const auto first = notice_of("provider", {}, failure("the line was lost after 5120 octets"), 1000);
  const auto again = notice_of("provider", first.state, failure("the line was lost after 77 octets"), 2000);
  CHECK_FALSE(again.line);
  REQUIRE(again.state);
  CHECK(again.state->count == 2);
  CHECK(again.state->since_wall_ms == 1000);
}

TEST_CASE("another reason is said", "[pppctl][notice]") {
  const auto first = notice_of("provider", {}, failure("busy"), 1000);
  const auto other = notice_of("provider", first.state, failure("no dial tone"), 2000);
  CHECK(other.line == "provider: no dial tone");
  CHECK(other.state->since_wall_ms == 1000);
}

TEST_CASE("a recovery is said once", "[pppctl][notice]") {
  const auto first = notice_of("provider", {}, failure("busy"), 1000);
  const auto well = notice_of("provider", first.state, good, 3000);
  CHECK(well.line == "provider: works again after 1 failure, the last: busy");
  REQUIRE(well.state);
  CHECK_FALSE(well.state->failing);
  const auto next = notice_of("provider", well.state, good, 4000);
  CHECK_FALSE(next.line);
  CHECK_FALSE(next.state);
}

TEST_CASE("a first call that goes well is silent", "[pppctl][notice]") {
  const auto notice = notice_of("provider", {}, good, 1000);
  CHECK_FALSE(notice.line);
  CHECK(notice.state);
}

TEST_CASE("a stop is said and changes no state", "[pppctl][notice]") {
  const Verdict stopped{CallResult::stopped, 111, modem::Retry::soon, "stopped by SIGTERM", ""};
  const auto notice = notice_of("provider", {}, stopped, 1000);
  CHECK(notice.line == "provider: stopped by SIGTERM");
  CHECK_FALSE(notice.state);
}

TEST_CASE("mail that waits for the server's pleasure is no failure of the link", "[pppctl][notice]") {
  const Verdict left{CallResult::mail_left, 111, modem::Retry::later, "2 messages were refused for now", ""};
  const auto notice = notice_of("provider", {}, left, 1000);
  CHECK_FALSE(notice.line);
  CHECK_FALSE(notice.state->failing);
}

TEST_CASE("a stopped link stays stopped, whatever fails meanwhile", "[pppctl][notice]") {
  auto stop = failure("the password is wrong");
  stop.retry = modem::Retry::stop;
  const auto stopped = notice_of("provider", {}, stop, 1000);
  CHECK(stopped.state->retry == "stop");
  CHECK(notice_of("provider", stopped.state, failure("busy"), 2000).state->retry == "stop");
  CHECK(notice_of_death("provider", stopped.state, 2000).state->retry == "stop");
}

TEST_CASE("a session that died counts as a failure", "[pppctl][notice]") {
  const auto first = notice_of_death("provider", {}, 1000);
  CHECK(first.state->failing);
  CHECK(first.state->retry == "soon");
  CHECK(notice_of_death("provider", first.state, 2000).state->count == 2);
}

TEST_CASE("a day on a dead line has at most fifty lines, however it fails", "[pppctl][notice]") {
  const std::vector<std::string> reasons{"busy", "no carrier", "no dial tone"};
  std::optional<LinkState> state;
  int lines = 0;
  for (std::size_t call = 0; call < 1440; ++call) {  // one a minute
    const auto notice = notice_of("provider", state, failure(reasons[call % reasons.size()]), 0);
    if (notice.state) state = notice.state;
    lines += notice.line ? 1 : 0;
  }
  CHECK(lines <= 50);
  auto stop = failure("the password is wrong");
  stop.retry = modem::Retry::stop;
  CHECK(notice_of("provider", state, stop, 0).line);
}
