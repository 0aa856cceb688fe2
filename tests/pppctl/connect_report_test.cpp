#include <catch2/catch.hpp>

#include "pppctl/connect.h"

using namespace pppctl;

TEST_CASE("what a connect script leaves is read back", "[pppctl][connect]") {
  ConnectReport report{"0555100", "CONNECT 33600/ARQ", 33600U, {}};
  const auto good = parse_connect_report(report_text(report));
  REQUIRE(good);
  CHECK(good->phone == "0555100");
  CHECK(good->connect == "CONNECT 33600/ARQ");
  CHECK(good->speed == 33600U);
  CHECK_FALSE(good->trouble);
  report.trouble = modem::Trouble{modem::Retry::soon, "the number is engaged: BUSY\xff", "wait", 0};
  const auto bad = parse_connect_report(report_text(report));
  REQUIRE(bad);
  REQUIRE(bad->trouble);
  CHECK(bad->trouble->retry == modem::Retry::soon);
  CHECK(bad->trouble->text.starts_with("the number is engaged: BUSY"));
  CHECK(bad->trouble->advice == "wait");
}

TEST_CASE("what is no report is none", "[pppctl][connect]") {
  for (const std::string text : {"", "{", "[]", "1", "\"x\""}) CHECK_FALSE(parse_connect_report(text));
  const auto odd = parse_connect_report(R"({"phone": 1, "connect": null, "speed": -1, "retry": "never"})");
  REQUIRE(odd);
  CHECK(odd->phone.empty());
  CHECK_FALSE(odd->speed);
  CHECK_FALSE(odd->trouble);
}
