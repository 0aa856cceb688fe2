#include "modem/mobile_error.h"

#include <catch2/catch.hpp>

#include "modem/release_cause.h"

using modem::ErrorFamily;
using modem::parse_mobile_error;
using modem::Retry;

namespace {

modem::Trouble trouble(std::string_view line) {
  const auto error = parse_mobile_error(line);
  REQUIRE(error);
  return modem::trouble_of(*error);
}

}  // namespace

TEST_CASE("an error of a cellular modem is known by its number and by its text", "[modem][mobile_error]") {
  struct Case {
    std::string_view line;
    ErrorFamily family;
    unsigned number;
  };
  for (const auto& one : {Case{"+CME ERROR: 30", ErrorFamily::equipment, 30},
                          {"+CME ERROR:30", ErrorFamily::equipment, 30},
                          {"+CME ERROR: no network service", ErrorFamily::equipment, 30},
                          {"+CME ERROR: No Network Service ", ErrorFamily::equipment, 30},
                          {"+CME ERROR: network time-out", ErrorFamily::equipment, 31},
                          {"+CME ERROR: network personalisation PIN required", ErrorFamily::equipment, 40},
                          {"+CME ERROR: SIM PUK required", ErrorFamily::equipment, 12},
                          {"+CMS ERROR: 331", ErrorFamily::message, 331},
                          {"+CMS ERROR: SIM busy", ErrorFamily::message, 314},
                          {"+CME ERROR: 999", ErrorFamily::equipment, 999}}) {
    CAPTURE(one.line);
    const auto error = parse_mobile_error(one.line);
    REQUIRE(error);
    CHECK(error->family == one.family);
    CHECK(error->number == one.number);
  }
}

TEST_CASE("any other line is no error of a cellular modem", "[modem][mobile_error]") {
  for (const auto* line : {"ERROR", "+CME: 30", "x+CME ERROR: 30", "", "OK"}) CHECK_FALSE(parse_mobile_error(line));
  for (const auto* line :
       {"+CME ERROR:", "+CME ERROR: ", "+CME ERROR: nonsense", "+CMS ERROR: 30x", "+CME ERROR: 99999999999999999999"}) {
    CAPTURE(line);
    const auto error = parse_mobile_error(line);
    REQUIRE(error);
    CHECK_FALSE(error->number);
    CHECK(modem::trouble_of(*error).retry == Retry::stop);
  }
}

TEST_CASE("an error of a cellular modem is tried again only where it passes by itself", "[modem][mobile_error]") {
  for (const auto* number : {"14", "100"}) CHECK(trouble("+CME ERROR: " + std::string(number)).retry == Retry::soon);
  for (const auto* number : {"30", "31", "134", "148"})
    CHECK(trouble("+CME ERROR: " + std::string(number)).retry == Retry::later);
  for (const auto* number : {"0",  "3",  "4",  "10",  "11",  "12",  "13",  "15",  "16",  "17",  "27",  "32",
                             "40", "47", "50", "103", "107", "111", "112", "113", "132", "133", "149", "150"}) {
    CAPTURE(number);
    const auto found = trouble("+CME ERROR: " + std::string(number));
    CHECK(found.retry == Retry::stop);
    CHECK_FALSE(found.advice.empty());
  }
  for (const auto* number : {"41", "42", "47", "331", "332"})
    CHECK(trouble("+CMS ERROR: " + std::string(number)).retry == Retry::later);
  CHECK(trouble("+CMS ERROR: 314").retry == Retry::soon);
  for (const auto* number : {"28", "200", "302", "310", "316", "330"})
    CHECK(trouble("+CMS ERROR: " + std::string(number)).retry == Retry::stop);
}

TEST_CASE("an error that stands in no table is told with its number and who gave it", "[modem][mobile_error]") {
  CHECK(trouble("+CME ERROR: 770").text == "the modem or its network refused with error 770");
  CHECK(trouble("+CMS ERROR: 28").text == "the network refused with error 28");
  CHECK(trouble("+CMS ERROR: 200").text == "the far end refused with error 200");
  CHECK(trouble("+CME ERROR: 11").text == "SIM PIN required");
}

TEST_CASE("why the network ended a call is read from its number or its words", "[modem][release_cause]") {
  const auto retry = [](std::string_view line) { return modem::trouble_of_release(line)->retry; };
  CHECK(retry("+CEER: 17") == Retry::soon);
  CHECK(retry("+CEER: 8,17,0") == Retry::soon);
  CHECK(retry("+CEER: User busy") == Retry::soon);
  CHECK(retry("+CEER: \"CC setup error\",57,Bearer capability not authorized") == Retry::stop);
  CHECK(retry("+CEER: Congestion") == Retry::later);
  CHECK(retry("+CEER: User alerting, no answer") == Retry::later);
  CHECK(retry("+CEER: 1") == Retry::stop);
  CHECK(modem::trouble_of_release("+CEER: Unassigned (unallocated) number")->advice == "check the number");
}

TEST_CASE("a release that tells nothing changes nothing", "[modem][release_cause]") {
  for (const auto* line : {"+CEER: No report available", "+CEER: 16", "+CEER: 31", "+CEER:", "+CEER: 1,2,3,4", "OK", "",
                           "+CEER: hang-up", "+CEER: 99999999999999"}) {
    CAPTURE(line);
    CHECK_FALSE(modem::trouble_of_release(line));
  }
}
