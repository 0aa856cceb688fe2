#include "modem/emulator/dce.h"

#include <catch2/catch.hpp>

#include "tests/emulator/dce_bench.h"

using emulator::Dce;
using emulator::DceOptions;
using emulator::Fault;
using emulator::Progress;
using emulator::Time;
using emulator_tests::Bench;
using emulator_tests::ok;
using namespace std::chrono_literals;
using State = emulator::Dce::State;

TEST_CASE("a command is echoed and answered", "[emulator][dce]") {
  Bench bench;
  CHECK(bench.type("AT\r") == "AT\r\r\nOK\r\n");
  CHECK(bench.type("at e0\r") == "at e0\r\r\nOK\r\n");
  CHECK(bench.type("AT\r") == ok);
  CHECK(bench.type("ATV0\r") == "0\r");
  CHECK(bench.type("ATY9\r") == "4\r");
  CHECK(bench.type("ATQ1\r").empty());
  CHECK(bench.type("ATQ0V1\r") == ok);
}

TEST_CASE("what does not begin with AT of one case is no command", "[emulator][dce]") {
  Bench bench;
  bench.type("ATE0\r");
  CHECK(bench.type("Login: aT\rAt\rXT\r").empty());
  CHECK(bench.type("AAAT\r") == ok);
}

TEST_CASE("A/ repeats the last line without a carriage return", "[emulator][dce]") {
  Bench bench;
  CHECK(bench.type("A/") == "A/");
  bench.type("ATE0S0?\r");
  CHECK(bench.type("A/") == "\r\n000\r\n\r\nOK\r\n");
}

TEST_CASE("a backspace takes back, and never the AT", "[emulator][dce]") {
  Bench bench;
  bench.type("ATE0\r");
  CHECK(bench.type("ATX\b\b\bS12?\r") == "\r\n050\r\n\r\nOK\r\n");
  CHECK(bench.type("AT\n\r") == ok);
}

TEST_CASE("a line that is too long is an error, and the next one is read", "[emulator][dce]") {
  Bench bench;
  bench.type("ATE0\r");
  CHECK(bench.type("AT" + std::string(emulator::max_command_bytes, ' ') + "\r") == ok);
  CHECK(bench.type("AT" + std::string(emulator::max_command_bytes + 1, ' ') + "\r") == "\r\nERROR\r\n");
  CHECK(bench.type("AT\r") == ok);
}

TEST_CASE("a command that fails stops the rest, and what stands before it counts", "[emulator][dce]") {
  Bench bench;
  CHECK(bench.type("ATE0S7=60X9S8=9\r") == "ATE0S7=60X9S8=9\r\r\nERROR\r\n");
  CHECK(bench.type("ATS7?S8?\r") == "\r\n060\r\n\r\n002\r\n\r\nOK\r\n");
}

TEST_CASE("registers hold an octet, and those that are not there are an error", "[emulator][dce]") {
  Bench bench;
  bench.type("ATE0\r");
  CHECK(bench.type("ATS0=255\r") == ok);
  CHECK(bench.type("ATS0=256\r") == "\r\nERROR\r\n");
  CHECK(bench.type("ATS0?\r") == "\r\n255\r\n\r\nOK\r\n");
  CHECK(bench.type("ATS200?\r") == "\r\nERROR\r\n");
  CHECK(bench.type("ATS3=10\r") == "\n\nOK\n\n");
  CHECK(bench.type("AT\n") == "\n\nOK\n\n");
}

TEST_CASE("the settings that a driver sends are accepted, and others refused", "[emulator][dce]") {
  Bench bench;
  bench.type("ATE0\r");
  for (const char* line : {"ATE0V1Q0X4&C1&D2S0=0", "AT&K3\\N3%C3M1L0", "AT&F&C1&D2E0", "AT+IPR=115200;+FCLASS=0",
                           "AT&T0", "AT&W", "ATW2S95=47", "AT+DS=3,0;+ES=3,0,2", "AT+MS=V34,1,300,33600"}) {
    INFO(line);
    CHECK(bench.type(std::string(line) + "\r") == ok);
  }
  for (const char* line :
       {"AT&T1", "AT+FCLASS=1", "AT+CREG?", "AT#UD", "ATX5", "AT&D4", "AT\\N8", "ATI10", "AT+IPR=fast", "ATR"}) {
    INFO(line);
    CHECK(bench.type(std::string(line) + "\r") == "\r\nERROR\r\n");
  }
  CHECK(bench.type("AT+FCLASS=?\r") == "\r\n0\r\n\r\nOK\r\n");
  CHECK(bench.type("AT+IPR?\r") == "\r\n+IPR: 115200\r\n\r\nOK\r\n");
  CHECK_THAT(bench.type("ATI3\r"), Catch::Contains("1.2"));
  CHECK_THAT(bench.type("AT&V\r"), Catch::Contains("S12:050"));
  CHECK(bench.type("ATV0+GMI\r") == "Offhook\r\n0\r");
}

TEST_CASE("a reset brings back the stored profile and drops the rest of the line", "[emulator][dce]") {
  Bench bench;
  bench.type("ATE0S0=3&W\r");
  CHECK(bench.type("ATS0=5S7=9ZS7=8\r") == ok);
  CHECK(bench.type("ATS0?S7?\r") == "\r\n003\r\n\r\n050\r\n\r\nOK\r\n");
  CHECK(bench.type("AT&FS0?\r") == "\r\n000\r\n\r\nOK\r\n");
}

TEST_CASE("a dial takes the time of its digits and pauses, then the exchange gets the number", "[emulator][dce]") {
  Bench bench;
  bench.type("ATE0DT 5,5\r");
  CHECK(bench.did == "off-hook ");
  bench.pass(1s + 2s + 380ms - 1ns);  // dial tone, comma, two digits of S11
  CHECK(bench.did == "off-hook ");
  bench.pass(1ns);
  CHECK(bench.did == "off-hook dial:55 ");
  CHECK(bench.dce.state() == State::waiting);
}

TEST_CASE("blind dialling waits for S6 and not for a tone", "[emulator][dce]") {
  Bench bench;
  bench.type("ATX3S6=4DT1\r");
  bench.pass(4s + 190ms - 1ns);
  CHECK(bench.did == "off-hook ");
  bench.pass(1ns);
  CHECK(bench.did == "off-hook dial:1 ");
}

TEST_CASE("a pulse dial takes a tenth of a second a pulse", "[emulator][dce]") {
  Bench bench;
  bench.type("ATDP20\r");
  bench.pass(1s + 12 * 100ms + 2 * 800ms - 1ns);
  CHECK(bench.did == "off-hook ");
  bench.pass(1ns);
  CHECK(bench.did == "off-hook dial:20 ");
}

TEST_CASE("a semicolon leaves the modem off-hook in the command state, and the next dial goes on", "[emulator][dce]") {
  Bench bench;
  bench.type("ATE0DT0;\r");
  bench.pass(5s);
  CHECK_THAT(bench.said, Catch::EndsWith(ok));
  CHECK(bench.dce.state() == State::off_hook);
  bench.type("ATDT55\r");
  bench.pass(5s);
  CHECK_THAT(bench.did, Catch::EndsWith("dial:055 "));
  bench.type("x");
  CHECK_THAT(bench.did, Catch::EndsWith("on-hook "));
}

TEST_CASE("the last number is dialled again", "[emulator][dce]") {
  Bench bench;
  bench.type("ATE0\r");
  CHECK(bench.type("ATDL\r") == "\r\nERROR\r\n");
  bench.type("ATDT123\r");
  bench.pass(5s);
  bench.hear(Progress::busy);
  bench.type("ATDL\r");
  bench.pass(5s);
  CHECK_THAT(bench.did, Catch::EndsWith("dial:123 "));
}

TEST_CASE("a number that grows by semicolons and repetitions has an end", "[emulator][dce]") {
  Bench bench;
  bench.type("ATE0DT1\r");
  bench.pass(10s);
  bench.type("x");
  bool refused = false;
  for (int i = 0; i < 20 && !refused; ++i) {
    refused = bench.type("ATDL;\r") == "\r\nERROR\r\n";
    bench.pass(1h);
    refused = refused || bench.type("ATDL\r") == "\r\nERROR\r\n";
    bench.pass(1h);
  }
  CHECK(refused);
  bench.type("ATH\r");
  CHECK(bench.type("ATDT" + std::string(emulator::max_number_bytes, '1') + ";\r").empty());
  bench.pass(1h);
  CHECK(bench.type("ATDT1\r") == "\r\nERROR\r\n");
}

TEST_CASE("any octet ends a dial, but not one that comes with the command", "[emulator][dce]") {
  Bench bench;
  CHECK(bench.type("ATE0DT1\r\n") == "ATE0DT1\r");
  bench.pass(124ms);
  CHECK(bench.type("\n").empty());
  bench.pass(1ms);
  CHECK(bench.type("x") == "\r\nNO CARRIER\r\n");
  CHECK(bench.did == "off-hook on-hook ");
  CHECK(bench.dce.state() == State::idle);
  bench.type("ATDT1\r");
  bench.pass(10s);
  CHECK(bench.type("AT\r") == "\r\nNO CARRIER\r\n");
}

TEST_CASE("S7 ends the wait for a carrier", "[emulator][dce]") {
  Bench bench;
  bench.type("ATE0S7=10DT1\r");
  bench.pass(1190ms);
  bench.said.clear();
  bench.hear(Progress::silence);
  bench.pass(10s - 1ns);
  CHECK(bench.said.empty());
  bench.pass(1ns);
  CHECK(bench.said == "\r\nNO CARRIER\r\n");
}

TEST_CASE("each progress has its result, by X and by the dial string", "[emulator][dce]") {
  struct Row {
    const char* dial;
    Progress progress;
    const char* at_once;
    const char* after_s7;
  };
  const Row row = GENERATE(
      Row{"X4DT1", Progress::busy, "BUSY", ""}, Row{"X3DT1", Progress::busy, "BUSY", ""},
      Row{"X2DT1", Progress::busy, "", "NO CARRIER"}, Row{"X4DT1", Progress::no_dialtone, "NO DIALTONE", ""},
      Row{"X2DT1", Progress::no_dialtone, "NO DIALTONE", ""}, Row{"X3DT1", Progress::no_dialtone, "", "NO CARRIER"},
      Row{"X3DTW1", Progress::no_dialtone, "NO DIALTONE", ""}, Row{"X4DT1", Progress::ringback, "", "NO ANSWER"},
      Row{"X1DT1", Progress::ringback, "", "NO CARRIER"}, Row{"X1DT1@", Progress::ringback, "", "NO ANSWER"},
      Row{"X4DT1", Progress::answered, "", "NO CARRIER"}, Row{"X4DT1", Progress::no_carrier, "NO CARRIER", ""});
  INFO(row.dial << " " << static_cast<int>(row.progress));
  Bench bench;
  bench.type("ATE0S7=60" + std::string(row.dial) + "\r");
  bench.pass(20s);
  bench.said.clear();
  bench.hear(row.progress);
  const auto line = [](std::string text) { return text.empty() ? text : "\r\n" + text + "\r\n"; };
  CHECK(bench.said == line(row.at_once));
  bench.said.clear();
  bench.pass(60s);
  CHECK(bench.said == line(row.after_s7));
  CHECK(bench.dce.state() == State::idle);
}

TEST_CASE("CONNECT tells the rate, X0 does not, and a plain line has no suffix", "[emulator][dce]") {
  Bench bench;
  const auto connect = [&](const std::string& settings, bool error_correction) {
    bench.type("ATE0" + settings + "DT1\r");
    bench.pass(10s);
    bench.said.clear();
    bench.on(emulator::CarrierFound{9600, error_correction});
    const std::string said = bench.said;
    bench.on(emulator::CarrierGone{});
    return said;
  };
  CHECK(connect("X4", true) == "\r\nCONNECT 9600/ARQ\r\n");
  CHECK(connect("X1", false) == "\r\nCONNECT 9600\r\n");
  CHECK(connect("X0", true) == "\r\nCONNECT\r\n");
  CHECK(connect("X4V0", true) == "12\r");
  CHECK(connect("X0V0", true) == "1\r");
}

TEST_CASE("without error correction by command the call asks for none", "[emulator][dce]") {
  Bench bench;
  bench.type("AT\\N0DT1\r");
  bench.pass(5s);
  CHECK(bench.did == "off-hook dial:1(plain) ");
}

TEST_CASE("in the online data state octets go to the line as they are", "[emulator][dce]") {
  Bench bench;
  bench.call();
  CHECK(bench.type(std::string_view("ATH\r\0\xff", 6)).empty());
  CHECK(bench.sent == std::string_view("ATH\r\0\xff", 6));
  CHECK(bench.dce.carrier_detect());
}

TEST_CASE("the escape leads to the online command state, O back, H hangs up", "[emulator][dce]") {
  Bench bench;
  bench.call();
  bench.pass(1s);
  bench.type("+++");
  CHECK(bench.sent == "+++");
  bench.pass(1s);
  CHECK(bench.said == ok);
  CHECK(bench.dce.carrier_detect());
  CHECK_FALSE(bench.dce.takes_octets());
  CHECK(bench.type("ATDT1\r") == "\r\nERROR\r\n");
  CHECK(bench.type("ATA\r") == "\r\nERROR\r\n");
  CHECK(bench.type("ATO\r") == "\r\nCONNECT 33600/ARQ\r\n");
  CHECK(bench.dce.takes_octets());
  bench.pass(1s);
  bench.type("+++");
  bench.pass(1s);
  CHECK(bench.type("ATH0\r") == ok);
  CHECK(bench.did == "on-hook ");
  CHECK_FALSE(bench.dce.carrier_detect());
  CHECK(bench.type("ATO\r") == "\r\nERROR\r\n");
}

TEST_CASE("S2 above 127 switches the escape off and S12 sets its silence", "[emulator][dce]") {
  Bench bench;
  bench.type("ATS2=255\r");
  bench.call();
  bench.pass(5s);
  bench.type("+++");
  bench.pass(5s);
  CHECK(bench.dce.state() == State::online_data);
  Bench other;
  other.type("ATS2=43S12=25\r");
  other.call();
  other.pass(500ms);
  other.type("+++");
  other.pass(500ms);
  CHECK(other.dce.state() == State::online_command);
}

TEST_CASE("the loss of DTR is obeyed as &D tells", "[emulator][dce]") {
  struct Row {
    const char* setting;
    State after;
    const char* said;
    bool reset;
  };
  const Row row = GENERATE(
      Row{"&D0", State::online_data, "", false}, Row{"&D1", State::online_command, "\r\nOK\r\n", false},
      Row{"&D2", State::idle, "\r\nNO CARRIER\r\n", false}, Row{"&D3", State::idle, "\r\nNO CARRIER\r\n", true});
  INFO(row.setting);
  Bench bench;
  bench.type("ATS7=77" + std::string(row.setting) + "\r");
  bench.call();
  bench.on(emulator::Dtr{false});
  CHECK(bench.dce.state() == row.after);
  CHECK(bench.said == row.said);
  CHECK((bench.dce.profile().s[7] == 50) == row.reset);
}

TEST_CASE("the loss of DTR ends a dial and forgets half a line", "[emulator][dce]") {
  Bench bench;
  bench.type("ATE0DT1\r");
  bench.pass(10s);
  bench.on(emulator::Dtr{false});
  CHECK(bench.did == "off-hook dial:1 on-hook ");
  CHECK(bench.dce.state() == State::idle);
  bench.on(emulator::Dtr{true});
  bench.type("ATE");
  bench.on(emulator::Dtr{false});
  bench.on(emulator::Dtr{true});
  CHECK(bench.type("\r").empty());
}

TEST_CASE("a ring is told and counted, and forgotten when it ends", "[emulator][dce]") {
  Bench bench;
  bench.type("ATE0\r");
  bench.said.clear();
  bench.on(emulator::Ringing{});
  CHECK(bench.said == "\r\nRING\r\n");
  CHECK(bench.dce.ring_indicator(bench.now + 1s));
  CHECK_FALSE(bench.dce.ring_indicator(bench.now + 3s));
  bench.on(emulator::Ringing{});
  CHECK(bench.type("ATS1?\r") == "\r\n002\r\n\r\nOK\r\n");
  bench.on(emulator::RingingEnded{});
  CHECK(bench.type("ATS1?\r") == "\r\n000\r\n\r\nOK\r\n");
  CHECK(bench.type("ATA\r").empty());
  CHECK(bench.did == "off-hook ");
}

TEST_CASE("S0 answers after its rings, and with DTR off it does not", "[emulator][dce]") {
  Bench bench;
  bench.type("ATS0=2\r");
  bench.on(emulator::Ringing{});
  CHECK(bench.did.empty());
  bench.on(emulator::Ringing{});
  CHECK(bench.did == "answer ");
  bench.on(emulator::CarrierFound{33600, true});
  CHECK(bench.dce.state() == State::online_data);
  Bench other;
  other.type("ATS0=1\r");
  other.on(emulator::Dtr{false});
  other.on(emulator::Ringing{});
  CHECK(other.did.empty());
  CHECK(other.dce.state() == State::idle);
}

TEST_CASE("an answer without a carrier ends after S7 or at any octet", "[emulator][dce]") {
  Bench bench;
  bench.on(emulator::Ringing{});
  bench.type("ATE0A\r");
  CHECK(bench.did == "answer ");
  bench.pass(50s);
  CHECK_THAT(bench.said, Catch::EndsWith("\r\nNO CARRIER\r\n"));
  bench.on(emulator::Ringing{});
  bench.type("ATA\r");
  bench.pass(1s);
  CHECK(bench.type(" ") == "\r\nNO CARRIER\r\n");
}

TEST_CASE("the far end's hang-up is told, in both online states", "[emulator][dce]") {
  Bench bench;
  bench.call();
  bench.on(emulator::CarrierGone{});
  CHECK(bench.said == "\r\nNO CARRIER\r\n");
  CHECK(bench.did == "on-hook ");
  bench.call();
  bench.pass(1s);
  bench.type("+++");
  bench.pass(1s);
  bench.said.clear();
  bench.on(emulator::CarrierGone{});
  CHECK(bench.said == "\r\nNO CARRIER\r\n");
}

TEST_CASE("&C0 keeps the carrier circuit on and &S1 takes DSR along", "[emulator][dce]") {
  Bench bench;
  CHECK_FALSE(bench.dce.carrier_detect());
  CHECK(bench.dce.data_set_ready());
  bench.type("AT&C0&S1\r");
  CHECK(bench.dce.carrier_detect());
  CHECK_FALSE(bench.dce.data_set_ready());
}

TEST_CASE("a mute modem says nothing, an echoing one nothing else, a garbled one noise", "[emulator][dce]") {
  Bench mute(Fault::mute);
  CHECK(mute.type("ATZ\r").empty());
  mute.on(emulator::Ringing{});
  CHECK(mute.said.empty());
  Bench echo(Fault::echo);
  CHECK(echo.type("ATE0Q1\r") == "ATE0Q1\r");
  CHECK(echo.type("AT\r") == "AT\r");
  Bench garbage(Fault::garbage);
  const std::string noise = garbage.type("ATE0\r").substr(5);
  CHECK(noise.size() > 10);
  CHECK(noise.find("OK") == std::string::npos);
}

TEST_CASE("a stuck modem stays in its call whatever DTR and escape say", "[emulator][dce]") {
  Bench bench(Fault::stuck);
  bench.call();
  bench.pass(2s);
  bench.type("+++");
  bench.pass(2s);
  bench.type("ATH\r");
  bench.on(emulator::Dtr{false});
  CHECK(bench.dce.state() == State::online_data);
  bench.on(emulator::CarrierGone{});
  CHECK(bench.dce.state() == State::idle);
}
