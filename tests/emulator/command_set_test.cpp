// Every command that a driver of modems may send, with each personality that has it.
#include <catch2/catch.hpp>

#include "tests/emulator/dce_bench.h"

using emulator::Personality;
using emulator_tests::Bench;
using emulator_tests::ok;
using namespace std::chrono_literals;
using State = emulator::Dce::State;

namespace {

constexpr auto error = "\r\nERROR\r\n";

std::string info(const std::string& text) { return "\r\n" + text + "\r\n" + ok; }

Bench quiet_echo(Personality kind = Personality::hayes) {
  Bench bench(emulator_tests::personality(kind));
  bench.pass(60s);
  bench.type("ATE0\r");
  return bench;
}

struct Row {
  const char* line;
  const char* answer;  // nullptr: OK, whatever stands before it
};

}  // namespace

TEST_CASE("every basic and V.250 command is answered", "[emulator][command-set]") {
  const Row row = GENERATE(
      Row{"E0", ok}, Row{"E1", nullptr}, Row{"Q0", ok}, Row{"Q2", ok}, Row{"V0", "0\r"}, Row{"V1", ok}, Row{"X0", ok},
      Row{"X4", ok}, Row{"X5", error}, Row{"W0", ok}, Row{"W2", ok}, Row{"W3", error}, Row{"M0", ok}, Row{"M3", ok},
      Row{"L0", ok}, Row{"L3", ok}, Row{"B0", ok}, Row{"C1", ok}, Row{"F0", ok}, Row{"N1", ok}, Row{"Y0", ok},
      Row{"T", ok}, Row{"P", ok}, Row{"H", ok}, Row{"H1", ok}, Row{"H2", error}, Row{"O", error}, Row{"Z", ok},
      Row{"Z1", ok}, Row{"Z2", error}, Row{"&F", ok}, Row{"&F1", ok}, Row{"&C0", ok}, Row{"&C1", ok}, Row{"&D0", ok},
      Row{"&D3", ok}, Row{"&D4", error}, Row{"&S1", ok}, Row{"&K0", ok}, Row{"&K3", ok}, Row{"&K4", ok}, Row{"&H1", ok},
      Row{"&R2", ok}, Row{"&I0", ok}, Row{"\\Q3", ok}, Row{"\\V1", ok}, Row{"%C0", ok}, Row{"%C3", ok}, Row{"\\N0", ok},
      Row{"\\N7", ok}, Row{"&M4", ok}, Row{"&W0", ok}, Row{"&W1", ok}, Row{"&W2", error}, Row{"&Y1", ok},
      Row{"&V", nullptr}, Row{"&V1", nullptr}, Row{"&Z0=555", ok}, Row{"&Z4=5", error}, Row{"&T0", ok},
      Row{"&T2", error}, Row{"&T4", ok}, Row{"&T5", ok}, Row{"I0", nullptr}, Row{"I1", nullptr}, Row{"I2", ok},
      Row{"I3", nullptr}, Row{"I4", nullptr}, Row{"I5", nullptr}, Row{"I6", nullptr}, Row{"I7", nullptr},
      Row{"I8", nullptr}, Row{"I9", nullptr}, Row{"I10", error}, Row{"I11", nullptr}, Row{"#UD", error},
      Row{"+GMI", nullptr}, Row{"+GMM", nullptr}, Row{"+GMR", nullptr}, Row{"+GSN", nullptr}, Row{"+GMI=?", ok},
      Row{"+GCAP", nullptr}, Row{"+FCLASS=?", nullptr}, Row{"+FCLASS=0", ok}, Row{"+FCLASS?", nullptr},
      Row{"+IPR=115200", ok}, Row{"+IPR?", nullptr}, Row{"+IPR=?", nullptr}, Row{"+ICF=3,4", ok}, Row{"+ICF?", nullptr},
      Row{"+IFC=2,2", ok}, Row{"+IFC=?", nullptr}, Row{"+DS=3,0", ok}, Row{"+ES=3,0,2", ok},
      Row{"+MS=V34,1,300,33600", ok}, Row{"+MS=?", nullptr}, Row{"+CREG?", error}, Row{"S7=60", ok},
      Row{"S7?", nullptr}, Row{"S200?", error});
  INFO(row.line);
  for (const auto kind : {Personality::hayes, Personality::ties}) {
    Bench bench = quiet_echo(kind);
    const std::string said = bench.type("AT" + std::string(row.line) + "\r");
    if (row.answer != nullptr) CHECK(said == row.answer);
    if (row.answer == nullptr) CHECK_THAT(said, Catch::EndsWith(ok));
  }
}

TEST_CASE("every register has its factory's value", "[emulator][command-set]") {
  Bench bench = quiet_echo();
  const auto [number, value] = GENERATE(
      std::pair(0, "000"), std::pair(2, "043"), std::pair(3, "013"), std::pair(4, "010"), std::pair(5, "008"),
      std::pair(6, "002"), std::pair(7, "050"), std::pair(8, "002"), std::pair(9, "006"), std::pair(10, "014"),
      std::pair(11, "095"), std::pair(12, "050"), std::pair(18, "000"), std::pair(25, "000"), std::pair(30, "000"),
      std::pair(36, "007"), std::pair(37, "000"), std::pair(38, "020"), std::pair(46, "138"), std::pair(48, "007"),
      std::pair(82, "128"), std::pair(86, "000"), std::pair(95, "000"));
  CHECK(bench.type("ATS" + std::to_string(number) + "?\r") == info(value));
}

TEST_CASE("two profiles are stored, and &Y tells which one a reset of DTR brings back", "[emulator][command-set]") {
  Bench bench = quiet_echo();
  bench.type("ATS7=41&W0S7=42&W1&Y1&D3\r");
  CHECK(bench.type("ATZ0S7?\r") == ok);
  CHECK(bench.type("ATS7?\r") == info("041"));
  CHECK(bench.type("ATZ1\r") == ok);
  CHECK(bench.type("ATS7?&D3S7=9\r") == info("042"));
  bench.on(emulator::Dtr{false});
  bench.on(emulator::Dtr{true});
  CHECK_THAT(bench.type("ATS7?\r"), Catch::EndsWith(info("042")));
}

TEST_CASE("a stored number is dialled, and an empty place is an error", "[emulator][command-set]") {
  Bench bench = quiet_echo();
  bench.type("AT&Z2=555-0100\r");
  CHECK(bench.type("ATDS=1\r") == error);
  bench.type("ATDT0S=2\r");
  bench.pass(10s);
  CHECK(bench.did == "off-hook dial:05550100 ");
}

TEST_CASE("a command line longer than the modem takes is an error", "[emulator][command-set]") {
  emulator::DceOptions options;
  options.line_bytes = 40;
  Bench bench(options);
  bench.type("ATE0\r");
  CHECK(bench.type("AT" + std::string(40, ' ') + "\r") == ok);
  CHECK(bench.type("AT" + std::string(41, ' ') + "\r") == error);
}

TEST_CASE("other classes than data are there only where the modem has them, and find no modem",
          "[emulator][command-set]") {
  emulator::DceOptions options;
  options.classes = "0,1,2,2.0,8";
  Bench bench(options);
  bench.type("ATE0\r");
  CHECK(bench.type("AT+FCLASS=?\r") == info("0,1,2,2.0,8"));
  CHECK(bench.type("AT+FCLASS=1.0\r") == error);
  CHECK(bench.type("AT+FCLASS=2.0;S7=5\r") == ok);
  CHECK(bench.type("ATDT1\r").empty());
  bench.pass(30s);
  CHECK(bench.did == "off-hook on-hook ");
  CHECK_THAT(bench.said, Catch::Contains("NO CARRIER"));
}

TEST_CASE("W and S95 tell what CONNECT shows", "[emulator][command-set]") {
  const auto [settings, said] =
      GENERATE(std::pair("W0", "\r\nCONNECT 115200/ARQ\r\n"), std::pair("W0+IPR=57600;", "\r\nCONNECT 57600/ARQ\r\n"),
               std::pair("W1",
                         "\r\nCARRIER 33600\r\n\r\nPROTOCOL: LAP-M\r\n\r\nCOMPRESSION: V.42BIS\r\n\r\nCONNECT "
                         "115200/ARQ\r\n"),
               std::pair("W2", "\r\nCONNECT 33600/ARQ\r\n"), std::pair("W0S95=1", "\r\nCONNECT 33600/ARQ\r\n"),
               std::pair("W2S95=4", "\r\nCARRIER 33600\r\n\r\nCONNECT 33600/ARQ\r\n"),
               std::pair("W2%C0S95=32", "\r\nCOMPRESSION: NONE\r\n\r\nCONNECT 33600/ARQ\r\n"),
               std::pair("X0W1", "\r\nCONNECT\r\n"));
  Bench bench = quiet_echo();
  bench.type("AT" + std::string(settings) + "\r");
  bench.type("ATDT1\r");
  bench.pass(10s);
  bench.said.clear();
  bench.on(emulator::CarrierFound{33600, true});
  CHECK(bench.said == said);
}

TEST_CASE("Q2 keeps quiet on the answering side alone", "[emulator][command-set]") {
  Bench bench = quiet_echo();
  bench.type("ATQ2S0=1\r");
  bench.on(emulator::Ringing{});
  bench.said.clear();
  bench.on(emulator::CarrierFound{33600, true});
  CHECK(bench.said.empty());
  Bench caller = quiet_echo();
  caller.type("ATQ2DT1\r");
  caller.pass(10s);
  caller.on(emulator::CarrierFound{33600, true});
  CHECK_THAT(caller.said, Catch::Contains("CONNECT"));
}

TEST_CASE("S10 is how long a carrier may be gone, and the far end's farewell is believed at once",
          "[emulator][command-set]") {
  Bench bench = quiet_echo();
  bench.type("ATS10=20\r");
  bench.call();
  bench.on(emulator::CarrierGone{true});
  bench.pass(2s - 1ns);
  CHECK(bench.dce.carrier_detect());
  bench.pass(1ns);
  CHECK(bench.said == "\r\nNO CARRIER\r\n");
  CHECK(bench.type("ATS86?\r") == info("004"));
  bench.call();
  bench.on(emulator::CarrierGone{false});
  CHECK_FALSE(bench.dce.carrier_detect());
  CHECK(bench.type("ATS86?\r") == info("012"));
  CHECK(bench.type("AT#UD\r") == info("Last call: 33600 bit/s, error correction LAP-M, ended by: far end"));
}

TEST_CASE("S25 is how long DTR has to be off to count", "[emulator][command-set]") {
  Bench bench = quiet_echo();
  bench.type("ATS25=50\r");
  bench.call();
  bench.on(emulator::Dtr{false});
  bench.pass(499ms);
  bench.on(emulator::Dtr{true});
  bench.pass(1s);
  CHECK(bench.dce.state() == State::online_data);
  bench.on(emulator::Dtr{false});
  bench.pass(500ms);
  CHECK(bench.dce.state() == State::idle);
}

TEST_CASE("S30 hangs up where nothing goes either way, in units of ten seconds", "[emulator][command-set]") {
  Bench bench = quiet_echo();
  bench.type("ATS30=1\r");
  bench.call();
  bench.pass(9s);
  bench.type("x");
  bench.pass(9s);
  bench.on(emulator::Carried{});
  bench.pass(10s - 1ns);
  CHECK(bench.dce.state() == State::online_data);
  bench.pass(1ns);
  CHECK(bench.dce.state() == State::idle);
}

TEST_CASE(
    "S37 and +MS bound the speed, the command N behind a backslash and +ES tell whether errors have to be corrected",
    "[emulator][command-set]") {
  Bench bench = quiet_echo();
  const auto limits = [&](const std::string& line) {
    bench.type("AT&FE0" + line + "\r");
    return bench.dce.profile().limits();
  };
  CHECK(limits("S37=9").greatest == 9600);
  CHECK(limits("+MS=V32,0,4800,14400").greatest == 14400);
  CHECK(limits("+MS=V32,0,4800,14400").least == 4800);
  CHECK_FALSE(limits("\\N3").correction_required);
  CHECK(limits("\\N4").correction_required);
  CHECK(limits("&M5").correction_required);
  CHECK(limits("+ES=3,2,2").correction_required);
  limits("+ES=0");
  CHECK_FALSE(bench.dce.profile().error_correction());
}

TEST_CASE("a loop test returns what is typed until the escape and &T0, or S18", "[emulator][command-set]") {
  Bench bench = quiet_echo();
  CHECK(bench.type("AT&T1\r") == error);  // with error correction there is none
  const auto which = GENERATE("1", "3");
  CHECK(bench.type("AT\\N0&T" + std::string(which) + "\r") == "\r\nCONNECT\r\n");
  CHECK(bench.type("ATH\r\x01\xff") == "ATH\r\x01\xff");
  bench.pass(1s);
  CHECK(bench.type("+++") == "+++");
  bench.said.clear();
  bench.pass(1s);
  CHECK(bench.said == ok);
  CHECK(bench.type("AT&T0\r") == ok);
  CHECK(bench.did == "off-hook on-hook ");
  bench.type("ATS18=5&T" + std::string(which) + "\r");
  bench.said.clear();
  bench.pass(5s);
  CHECK(bench.said == ok);
  CHECK(bench.dce.state() == State::idle);
}

TEST_CASE("a remote loop needs a call and leaves it up", "[emulator][command-set]") {
  Bench bench = quiet_echo();
  bench.type("AT\\N0\r");
  CHECK(bench.type("AT&T6\r") == error);
  bench.call();
  bench.pass(1s);
  bench.type("+++");
  bench.pass(1s);
  CHECK(bench.type("AT&T6\r") == "\r\nCONNECT\r\n");
  CHECK(bench.dce.carrier_detect());
  CHECK(bench.type("x") == "x");
  bench.pass(1s);
  bench.type("+++");
  bench.pass(1s);
  CHECK(bench.type("AT&T0\r") == ok);
  CHECK(bench.dce.state() == State::online_command);
}

TEST_CASE("a self-test takes its time and counts no errors, and what is typed meanwhile is read afterwards",
          "[emulator][command-set]") {
  Bench bench = quiet_echo();
  CHECK(bench.type("AT\\N0S18=3&T8\r").empty());
  CHECK(bench.type("ATS18?\r").empty());
  bench.pass(3s);
  CHECK(bench.said == info("000") + info("003"));
}
