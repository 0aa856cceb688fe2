// What the personalities have beyond the Hayes modem's commands.
#include <catch2/catch.hpp>

#include "tests/emulator/dce_bench.h"

using emulator::Personality;
using emulator_tests::Bench;
using emulator_tests::ok;
using emulator_tests::personality;
using namespace std::chrono_literals;
using State = emulator::Dce::State;

namespace {

std::string line(const std::string& text) { return "\r\n" + text + "\r\n"; }
std::string info(const std::string& text) { return line(text) + ok; }

// Registered, without echo, errors by number.
Bench cellular(emulator::MobileOptions mobile = {}) {
  auto options = personality(Personality::cellular);
  options.mobile = std::move(mobile);
  Bench bench(options);
  bench.pass(60s);
  bench.type("ATE0+CMEE=1\r");
  return bench;
}

Bench satellite() {
  Bench bench(personality(Personality::iridium));
  bench.type("ATE0\r");
  return bench;
}

}  // namespace

TEST_CASE("TIES takes +++AT and a carriage return without any silence, Hayes does not", "[emulator][personality]") {
  Bench hayes(personality(Personality::hayes));
  hayes.call();
  hayes.type("mail\r\n+++ATH0\r\n");
  CHECK(hayes.dce.state() == State::online_data);
  Bench ties(personality(Personality::ties));
  ties.call();
  CHECK(ties.type("mail\r\n+++ATH0\r\nmore") == ok);
  CHECK(ties.sent == "mail\r\n+++ATH0\r");
  CHECK(ties.dce.state() == State::idle);
}

TEST_CASE("with S2 above 127 TIES lets everything pass", "[emulator][personality]") {
  Bench bench(personality(Personality::ties));
  bench.type("ATS2=255\r");
  bench.call();
  CHECK(bench.type("\r\n+++ATH0\r\n").empty());
  CHECK(bench.sent == "\r\n+++ATH0\r\n");
  CHECK(bench.dce.state() == State::online_data);
}

TEST_CASE("TIES wants the letters AT of one case behind exactly its escape, however the octets are cut",
          "[emulator][personality]") {
  const auto [text, escapes] =
      GENERATE(std::pair("+++AT\r", true), std::pair("++++at\r", true), std::pair("x+++ATE1\r", true),
               std::pair("+++ATE1\n", false), std::pair("+++ AT\r", false), std::pair("+++aT\r", false),
               std::pair("++ATH\r", false), std::pair("+++AT\x01\r", false), std::pair("+++A+++ATH\r", true));
  INFO(text);
  Bench whole(personality(Personality::ties));
  whole.call();
  whole.type(text);
  CHECK((whole.dce.state() != State::online_data) == escapes);
  Bench cut(personality(Personality::ties));
  cut.call();
  for (const char c : std::string(text)) cut.type(std::string(1, c));
  CHECK(cut.dce.state() == whole.dce.state());
  CHECK(cut.sent == whole.sent);
}

TEST_CASE("every cellular command is answered in its form", "[emulator][personality]") {
  Bench bench = cellular();
  const auto [command, answer] = GENERATE(
      std::pair("+CPIN?", "+CPIN: READY"), std::pair("+CREG?", "+CREG: 0,1"), std::pair("+CGREG?", "+CGREG: 0,1"),
      std::pair("+CEREG?", "+CEREG: 0,1"), std::pair("+CREG=?", "+CREG: (0-2)"), std::pair("+CSQ", "+CSQ: 17,99"),
      std::pair("+COPS?", "+COPS: 0,0,\"Offhook Mobile\",7"), std::pair("+CGATT?", "+CGATT: 1"),
      std::pair("+CGDCONT?", "+CGDCONT: 1,\"IP\",\"\",\"\",0,0"), std::pair("+CGACT?", "+CGACT: 1,0"),
      std::pair("+CGACT=1,1;+CGPADDR=1", "+CGPADDR: 1,\"10.0.0.1\""), std::pair("+CBST?", "+CBST: 7,0,1"),
      std::pair("+CFUN?", "+CFUN: 1"), std::pair("+CFUN=?", "+CFUN: (0,1,4),(0,1)"), std::pair("+CMEE?", "+CMEE: 1"),
      std::pair("+CEER", "+CEER: No report available"), std::pair("+CRC?", "+CRC: 0"), std::pair("+CGMI", "Offhook"),
      std::pair("+GMI", "Offhook"), std::pair("+FCLASS?", "0"));
  CHECK(bench.type("AT" + std::string(command) + "\r") == info(answer));
}

TEST_CASE("cellular settings are taken, and wrong ones have their error", "[emulator][personality]") {
  Bench bench = cellular();
  for (const char* set :
       {"+CGDCONT=1,\"IP\",\"internet\"", "+CGDCONT=2,\"IPV4V6\",\"a;b\"", "+CGDCONT=2", "+CBST=71,0,1", "+CBST=0",
        "+CGATT=0", "+CGATT=1", "+COPS=0", "+CREG=2;+CGREG=2;+CEREG=2", "+CHUP", "+CMEE=2"}) {
    INFO(set);
    CHECK_THAT(bench.type("AT" + std::string(set) + "\r"), Catch::Contains(ok));
    bench.pass(60s);
  }
  bench.type("AT+CMEE=1\r");
  for (const char* set : {"+CGDCONT=1,\"X25\"", "+CGDCONT=0", "+CBST=3", "+CFUN=2", "+CREG=7", "+CMEE=3"}) {
    INFO(set);
    CHECK(bench.type("AT" + std::string(set) + "\r") == line("+CME ERROR: 50"));
  }
}

TEST_CASE("a PIN is asked for, three wrong ones lock the card, and ten wrong PUKs destroy it",
          "[emulator][personality]") {
  emulator::MobileOptions mobile;
  mobile.sim.pin = "1234";
  mobile.sim.puk = "87654321";
  Bench bench = cellular(mobile);
  CHECK(bench.type("AT+CPIN?\r") == info("+CPIN: SIM PIN"));
  CHECK(bench.type("AT+CGATT?\r") == line("+CME ERROR: 11"));
  CHECK(bench.type("AT+CREG?\r") == info("+CREG: 0,0"));
  CHECK(bench.type("AT+CPIN=\"1111\"\r") == line("+CME ERROR: 16"));
  CHECK(bench.type("AT+CPINR\r") == line("+CPINR: SIM PIN,2,3") + line("+CPINR: SIM PUK,10,10") + ok);
  CHECK(bench.type("AT+CPIN=\"1111\"\r") == line("+CME ERROR: 16"));
  CHECK(bench.type("AT+CPIN=\"1111\"\r") == line("+CME ERROR: 12"));
  CHECK(bench.type("AT+CPIN?\r") == info("+CPIN: SIM PUK"));
  CHECK(bench.type("AT+CPIN=\"1234\"\r") == line("+CME ERROR: 12"));
  for (int i = 0; i < 9; ++i) CHECK(bench.type("AT+CPIN=\"1\",\"1234\"\r") == line("+CME ERROR: 16"));
  SECTION("the PUK opens it and sets a PIN") {
    CHECK(bench.type("AT+CPIN=\"87654321\",\"4321\"\r") == ok);
    bench.pass(10s);
    CHECK(bench.type("AT+CPIN?\r") == info("+CPIN: READY"));
    CHECK(bench.type("AT+CREG?\r") == info("+CREG: 0,1"));
    CHECK(bench.type("AT+CPIN=\"4321\"\r") == line("+CME ERROR: 3"));
  }
  SECTION("the tenth ends it") {
    CHECK(bench.type("AT+CPIN=\"1\",\"1234\"\r") == line("+CME ERROR: 13"));
    CHECK(bench.type("AT+CPIN?\r") == line("+CME ERROR: 13"));
  }
}

TEST_CASE("without a card there is its error, by number, in words or bare", "[emulator][personality]") {
  emulator::MobileOptions mobile;
  mobile.sim.there = false;
  Bench bench = cellular(mobile);
  CHECK(bench.type("AT+CPIN?\r") == line("+CME ERROR: 10"));
  CHECK(bench.type("AT+CMEE=2;+CPIN?\r") == line("+CME ERROR: SIM not inserted"));
  CHECK(bench.type("AT+CMEE=0;+CPIN?\r") == line("ERROR"));
}

TEST_CASE("registration is told unasked with one number less than when asked for", "[emulator][personality]") {
  auto options = personality(Personality::cellular);
  options.mobile.registers_after = 5s;
  options.mobile.registration = emulator::registration::roaming;
  Bench bench(options);
  bench.type("ATE0\r");
  CHECK(bench.type("AT+CREG=1;+CEREG=2;+CREG?\r") == info("+CREG: 1,2"));
  bench.said.clear();
  bench.pass(5s);
  CHECK(bench.said == line("+CREG: 5") + line("+CEREG: 5,\"00C3\",\"0000B5A1\",7"));
  CHECK(bench.type("AT+CEREG?\r") == info("+CEREG: 2,5,\"00C3\",\"0000B5A1\",7"));
  CHECK(bench.type("AT+CFUN=4\r") == std::string(ok) + line("+CREG: 0") + line("+CEREG: 0"));
  CHECK(bench.type("AT+CSQ\r") == info("+CSQ: 99,99"));
}

TEST_CASE("an unasked line never comes between the letters of a command", "[emulator][personality]") {
  auto options = personality(Personality::cellular);
  options.mobile.registers_after = 5s;
  Bench bench(options);
  bench.type("ATE0+CREG=1\r");
  bench.type("AT+C");
  bench.said.clear();
  bench.pass(10s);
  CHECK(bench.said.empty());
  CHECK_THAT(bench.type("SQ\r"), Catch::EndsWith(line("+CREG: 1")));
}

TEST_CASE("*99# and *99***1# are one number, and a context that is not there is an error", "[emulator][personality]") {
  Bench bench = cellular();
  bench.type("ATD*99***1#\r");
  bench.pass(10s);
  CHECK_THAT(bench.did, Catch::EndsWith("dial:*99# "));
  bench.type("x");
  bench.type("ATD*99***3#\r");
  bench.pass(10s);
  CHECK(bench.said == line("+CME ERROR: 148"));
}

TEST_CASE("without service a call hears no tone, a packet call has an error, and denied is denied",
          "[emulator][personality]") {
  emulator::MobileOptions mobile;
  mobile.registers_after = 1h;
  Bench bench = cellular(mobile);
  bench.type("ATDT555\r");
  bench.pass(10s);
  CHECK(bench.said == line("NO DIALTONE"));
  bench.type("ATD*99#\r");
  bench.pass(10s);
  CHECK(bench.said == line("+CME ERROR: 30"));
  mobile.registers_after = 0s;
  mobile.registration = emulator::registration::denied;
  Bench denied = cellular(mobile);
  denied.type("ATD*99#\r");
  denied.pass(10s);
  CHECK(denied.said == line("+CME ERROR: 111"));
}

TEST_CASE("+CFUN=1,1 takes the device away and brings it back as it was switched on", "[emulator][personality]") {
  emulator::MobileOptions mobile;
  mobile.sim.pin = "1234";
  Bench bench = cellular(mobile);
  bench.type("AT+CPIN=\"1234\"\r");
  CHECK_THAT(bench.type("AT+CFUN=1,1\r"), Catch::EndsWith(ok));
  CHECK(bench.did == "gone ");
  CHECK(bench.dce.state() == State::absent);
  CHECK_FALSE(bench.dce.clear_to_send());
  CHECK(bench.type("AT\r").empty());
  bench.pass(10s);
  CHECK(bench.did == "gone back ");
  bench.type("ATE0\r");
  CHECK(bench.type("AT+CPIN?\r") == info("+CPIN: SIM PIN"));
}

TEST_CASE("+CHUP ends a call and +CEER tells why the last one ended", "[emulator][personality]") {
  Bench bench = cellular();
  bench.call();
  bench.pass(1s);
  bench.type("+++");
  bench.pass(1s);
  CHECK(bench.type("AT+CHUP\r") == ok);
  CHECK(bench.did == "on-hook ");
  CHECK(bench.type("AT+CEER\r") == info("+CEER: hang-up"));
}

TEST_CASE("+CRC=1 tells the kind of a call that rings", "[emulator][personality]") {
  Bench bench = cellular();
  bench.type("AT+CRC=1\r");
  bench.said.clear();
  bench.on(emulator::Ringing{});
  CHECK(bench.said == line("+CRING: REL ASYNC"));
}

TEST_CASE("a search for networks takes its time", "[emulator][personality]") {
  Bench bench = cellular();
  CHECK(bench.type("AT+COPS=?\r").empty());
  bench.pass(29s);
  CHECK(bench.said.empty());
  bench.pass(1s);
  CHECK_THAT(bench.said, Catch::StartsWith("\r\n+COPS: (2,\"Offhook Mobile\""));
}

TEST_CASE("Iridium's signal is one number and slow, the last known one comes at once", "[emulator][personality]") {
  Bench bench = satellite();
  CHECK(bench.type("AT+CSQF\r") == info("+CSQF:4"));
  CHECK(bench.type("AT+CSQ\r").empty());
  bench.pass(4s - 1ns);
  CHECK(bench.said.empty());
  bench.pass(1ns);
  CHECK(bench.said == info("+CSQ:4"));
}

TEST_CASE("Iridium registers after a while, and does not dial before", "[emulator][personality]") {
  Bench bench = satellite();
  CHECK(bench.type("AT+CREG?\r") == info("+CREG: 0,2"));
  bench.type("ATDT008816000025\r");
  bench.pass(10s);
  CHECK(bench.said == line("NO DIALTONE"));
  bench.pass(20s);
  CHECK(bench.type("AT+CREG?\r") == info("+CREG: 0,1"));
  bench.type("ATDT008816000025\r");
  bench.pass(10s);
  CHECK_THAT(bench.did, Catch::EndsWith("dial:008816000025 "));
}

TEST_CASE("Iridium's speed is a code, its bearer 71, and it knows no packets", "[emulator][personality]") {
  Bench bench = satellite();
  CHECK(bench.type("AT+IPR?\r") == info("+IPR: 006"));
  CHECK(bench.type("AT+IPR=9\r") == ok);
  CHECK(bench.type("AT+IPR=115200\r") == line("ERROR"));
  CHECK(bench.type("AT+CBST=71,0,1\r") == ok);
  CHECK(bench.type("AT+CBST=6,0,1\r") == ok);
  CHECK(bench.type("AT+CGATT?\r") == line("ERROR"));
}

TEST_CASE("a network is told and chosen by its name or its number, and no other is there", "[emulator][personality]") {
  auto bench = cellular();
  CHECK(bench.type("AT+COPS=3,2\r") == ok);
  CHECK(bench.type("AT+COPS?\r") == info("+COPS: 0,2,\"00101\",7"));
  CHECK(bench.type("AT+COPS=1,2,\"26201\"\r") == line("+CME ERROR: 30"));
  CHECK(bench.type("AT+COPS=1,2,\"00101\"\r") == ok);
  bench.pass(60s);
  CHECK(bench.type("AT+COPS?\r") == info("+COPS: 1,2,\"00101\",7"));
  CHECK(bench.type("AT+COPS=3,0;+COPS?\r") == info("+COPS: 1,0,\"Offhook Mobile\",7"));
}
