#include "modem/mobile_answer.h"

#include <catch2/catch.hpp>

using modem::Registration;

TEST_CASE("a registration's answer is read in every form of it", "[modem][mobile_answer]") {
  const auto read = [](const char* line) { return modem::registration_of({line}, "+CREG"); };
  CHECK(read("+CREG: 0,1") == Registration::home);
  CHECK(read("+CREG:000,005") == Registration::roaming);
  CHECK(read("+CREG: 2,2,\"00C3\",\"0000B5A1\",7") == Registration::searching);
  CHECK(read("+CREG: 0, 3") == Registration::denied);
  CHECK_FALSE(read("+CREG: 1"));
  CHECK_FALSE(read("+CREG: 0,11"));
  CHECK_FALSE(read("+CGREG: 0,1"));
  CHECK_FALSE(read("+CREG: 0,x"));
}

TEST_CASE("only a registration for calls counts", "[modem][mobile_answer]") {
  for (const auto good : {Registration::home, Registration::roaming, Registration::home_no_calls_preferred})
    CHECK(modem::is_registered(good));
  for (const auto bad : {Registration::idle, Registration::searching, Registration::denied, Registration::unknown,
                         Registration::home_messages, Registration::emergency})
    CHECK_FALSE(modem::is_registered(bad));
  CHECK(modem::is_roaming(Registration::roaming));
  CHECK_FALSE(modem::is_roaming(Registration::home));
}

TEST_CASE("a signal has two numbers or, of a satellite, one, and 99 is not known", "[modem][mobile_answer]") {
  CHECK(modem::signal_of({"+CSQ: 17,99"}) == 17);
  CHECK(modem::signal_of({"noise", "+CSQ:3"}) == 3);
  CHECK(modem::signal_of({"+CSQF:0"}) == 0);
  CHECK_FALSE(modem::signal_of({"+CSQ: 99,99"}));
  CHECK_FALSE(modem::signal_of({"+CSQ: "}));
  CHECK_FALSE(modem::signal_of({"+CSQ: -1,0"}));
  CHECK_FALSE(modem::signal_of({}));
}

TEST_CASE("the other answers of a cellular modem", "[modem][mobile_answer]") {
  CHECK(modem::sim_state({"+CPIN: SIM PIN"}) == "SIM PIN");
  CHECK_FALSE(modem::sim_state({"+CPINR: SIM PIN,3"}));
  CHECK(modem::network_name({"+COPS: 0,0,\"A, B\",7"}) == "A, B");
  CHECK(modem::network_name({"+COPS: 0"}).empty());
  CHECK(modem::network_name({"+COPS: 0,0,\"half"}).empty());
  CHECK(modem::is_attached({"+CGATT: 1"}) == true);
  CHECK(modem::is_attached({"+CGATT:0"}) == false);
  CHECK_FALSE(modem::is_attached({"+CGATT: x"}));
  CHECK(modem::pin_attempts({"+CPINR: SIM PUK,10,10", "+CPINR: SIM PIN,2,3"}) == 2);
  CHECK_FALSE(modem::pin_attempts({"+CPINR: SIM PUK,10"}));
  CHECK(modem::serial_number({"356938035643809"}) == "356938035643809");
  CHECK(modem::serial_number({"+CGSN: \"356938035643809\""}) == "356938035643809");
  CHECK(modem::serial_number({"../../etc"}).empty());
  CHECK(modem::serial_number({"1234"}).empty());
}
