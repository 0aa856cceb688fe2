#include "modem/at_secret.h"

#include <catch2/catch.hpp>

using modem::has_secret;
using modem::without_secret;
using modem::without_secret_of;

TEST_CASE("a PIN or a password is in no shown command, however the command is written", "[modem][secret]") {
  CHECK(without_secret("AT+CPIN=\"1234\"") == "AT+CPIN=...");
  CHECK(without_secret("at+cpin = 1234") == "at+cpin=...");
  CHECK(without_secret("ATE0+CPWD=\"SC\",\"1234\",\"5678\"") == "ATE0+CPWD=...");
  CHECK(without_secret("AT+CSQ;+CPIN=1;+CLCK=\"SC\",1,\"2\"") == "AT+CSQ;+CPIN=...");
  CHECK(without_secret("AT+CGAUTH=1,1,\"user\",\"word\"") == "AT+CGAUTH=...");
  CHECK(without_secret("AT+CPIN?;+CPIN=1234") == "AT+CPIN?;+CPIN=...");
}

TEST_CASE("a question about a PIN holds no secret", "[modem][secret]") {
  for (const auto* line : {"AT+CPIN?", "AT+CPIN=?", "at+clck=?", "ATDT5550100", "AT+CSQ"}) {
    CHECK_FALSE(has_secret(line));
    CHECK(without_secret(line) == line);
  }
}

TEST_CASE("what a modem says after a secret is shown without it", "[modem][secret]") {
  const std::string command = "AT+CPIN=\"1234\"";
  CHECK(without_secret_of(command, "xAT+CPIN=\"1234\"") == "...");
  CHECK(without_secret_of(command,
                          "AT+CPIN=\"12\xff"
                          "4\"") == "...");
  CHECK(without_secret_of(command, "PIN 1234 wrong") == "...");
  CHECK(without_secret_of(command, "+CME ERROR: 16") == "+CME ERROR: 16");
  CHECK(without_secret_of("AT+CSQ", "+CSQ: 12,34") == "+CSQ: 12,34");
}
