#include "modem/emulator/dte_speed.h"

#include <catch2/catch.hpp>

using emulator::DteSpeed;
using emulator::parse_speed_rule;

TEST_CASE("a modem of any speed hears and says every octet", "[emulator][speed]") {
  DteSpeed speed(*parse_speed_rule("any"));
  CHECK(speed.from_dte("ATI\r", 300) == "ATI\r");
  CHECK(speed.to_dte("OK", 9600) == "OK");
}

TEST_CASE("at another than its fixed speed nothing is a letter or a line end, either way", "[emulator][speed]") {
  DteSpeed speed(*parse_speed_rule("9600"));
  CHECK(speed.from_dte("AT\r", 9600) == "AT\r");
  CHECK(speed.from_dte("AT\r", 0) == "AT\r");
  for (const auto& heard : {speed.from_dte("AT\r+", 115200), speed.to_dte("\r\nOK", 115200)}) {
    CHECK(heard.size() == 4);
    for (const char c : heard) CHECK(static_cast<unsigned char>(c) >= 128);
  }
}

TEST_CASE("the speed of the last AT is learned, also when it comes octet by octet", "[emulator][speed]") {
  DteSpeed speed(*parse_speed_rule("auto"));
  CHECK(speed.to_dte("RING", 2400) != "RING");
  CHECK(speed.from_dte("AT\r", 2400) == "AT\r");
  CHECK(speed.to_dte("OK", 2400) == "OK");
  CHECK(speed.to_dte("RING", 9600) != "RING");
  CHECK(speed.from_dte("x", 9600) != "x");
  [[maybe_unused]] const auto measured = speed.from_dte("a", 9600);
  CHECK(speed.from_dte("t\r", 9600) == "at\r");
  CHECK(speed.to_dte("OK", 9600) == "OK");
}

TEST_CASE("a speed is any, auto or a number of bits per second", "[emulator][speed]") {
  for (const auto* wrong : {"", "fast", "0", "-1", "9600x", "99999999"}) CHECK_FALSE(parse_speed_rule(wrong));
}
