#include "modem/unsolicited.h"

#include <catch2/catch.hpp>

using modem::is_unsolicited;

TEST_CASE("what the command asked for is its answer", "[modem][unsolicited]") {
  CHECK_FALSE(is_unsolicited("+CSQ: 17,99", "AT+CSQ"));
  CHECK_FALSE(is_unsolicited("+CSQ:3", "AT+CSQ"));
  CHECK_FALSE(is_unsolicited("+CPIN: READY", "at+cpin?"));
  CHECK_FALSE(is_unsolicited("+COPS: 0,0,\"A: B\"", "ATE0+CMEE=1;+COPS?"));
  CHECK_FALSE(is_unsolicited("^HCSQ: \"LTE\",55", "AT^HCSQ?"));
  CHECK_FALSE(is_unsolicited("Manufacturer: Someone", "ATI"));
  CHECK_FALSE(is_unsolicited("+GCAP: +CGSM", "ATI"));
  CHECK_FALSE(is_unsolicited("+CREG: 0", "AT&V"));
  CHECK_FALSE(is_unsolicited("356938035643809", "AT+CGSN"));
  CHECK_FALSE(is_unsolicited("", "AT"));
}

TEST_CASE("what nobody asked for is a modem's own report", "[modem][unsolicited]") {
  for (const auto* line : {"+CREG: 1", "+CGREG: 5,\"00C3\",\"0000B5A1\",7", "+CMTI: \"SM\",3", "+CGEV: NW DETACH",
                           "^RSSI: 17", "^BOOT:1,0,0,0", "$QCRMCALL: 1", "*PSUTTZ: 0", "RDY", "Call Ready",
                           "HARDWARE FAILURE: 1,2", "HARDWARE FAILURE:0,1", "+CPIN: READY"}) {
    CAPTURE(line);
    CHECK(is_unsolicited(line, "AT+CSQ"));
    CHECK(is_unsolicited(line, "AT"));
  }
  CHECK(is_unsolicited("+CREG: 1", "AT+CGREG?"));
  CHECK_FALSE(is_unsolicited("RDY FOR DATA", "AT"));
}

TEST_CASE("a registration's answer has two numbers, its report one", "[modem][unsolicited]") {
  const auto report = [](std::string_view line) { return is_unsolicited(line, "AT+CREG?"); };
  CHECK_FALSE(report("+CREG: 0,1"));
  CHECK_FALSE(report("+CREG: 0, 5"));
  CHECK_FALSE(report("+CREG:000,001"));
  CHECK_FALSE(report("+CREG: 2,1,\"00C3\",\"0000B5A1\",7"));
  CHECK(report("+CREG: 1"));
  CHECK(report("+CREG: 1,\"00C3\",\"0000B5A1\""));
  CHECK(report("+CREG: 1,00C3,B5A1"));
  CHECK(report("+CREG: 2,1A2B,0000"));
}
