#include <catch2/catch.hpp>

#include "pppctl/connect.h"

using namespace pppctl;

TEST_CASE("what a connect script leaves is read back", "[pppctl][connect]") {
  const modem::Trouble engaged{modem::Retry::soon, "the number is engaged: BUSY\xff", "wait", 0};
  ConnectReport report{
      {{"0555100", {1'000'000, 5000}, engaged}, {"0555200", {1'002'000, 7000}, {}}}, "CONNECT 33600/ARQ", 33600U, {}};
  const auto good = parse_connect_report(report_text(report));
  REQUIRE(good);
  REQUIRE(good->dials.size() == 2);
  CHECK(good->dials[0].phone == "0555100");
  CHECK(good->dials[0].at.wall_ms == 1'000'000);
  CHECK(good->dials[0].at.boot_ms == 5000);
  CHECK(good->dials[0].trouble->retry == modem::Retry::soon);
  CHECK(good->dials[1].phone == "0555200");
  CHECK_FALSE(good->dials[1].trouble);
  CHECK(good->connect == "CONNECT 33600/ARQ");
  CHECK(good->speed == 33600U);
  CHECK_FALSE(good->trouble);
  report.trouble = engaged;
  const auto bad = parse_connect_report(report_text(report));
  REQUIRE(bad);
  REQUIRE(bad->trouble);
  CHECK(bad->trouble->retry == modem::Retry::soon);
  CHECK(bad->trouble->text.starts_with("the number is engaged: BUSY"));
  CHECK(bad->trouble->advice == "wait");
}

TEST_CASE("what is no report is none", "[pppctl][connect]") {
  for (const std::string text : {"", "{", "[]", "1", "\"x\""}) CHECK_FALSE(parse_connect_report(text));
  const auto odd = parse_connect_report(
      R"({"dials": [1, {"phone": 1, "wall_ms": "x"}], "connect": null, "speed": -1, "retry": "never"})");
  REQUIRE(odd);
  REQUIRE(odd->dials.size() == 1);
  CHECK(odd->dials[0].phone.empty());
  CHECK(odd->dials[0].at.wall_ms == 0);
  CHECK_FALSE(odd->speed);
  CHECK_FALSE(odd->trouble);
}

TEST_CASE("the session tells the connect script which numbers it may dial", "[pppctl][connect]") {
  CHECK(parse_dial_order(dial_order_text({"1", "2"})) == std::vector<std::string>{"1", "2"});
  for (const std::string text : {"", "[]", "{}", R"({"phones": 1})", R"({"phones": [1]})"}) {
    CHECK(parse_dial_order(text).empty());
  }
  CHECK(parse_dial_order(report_text({})).empty());
}
