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
