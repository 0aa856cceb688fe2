#include "modem/emulator/command.h"

#include <catch2/catch.hpp>

using emulator::Form;
using emulator::parse_command_line;
using emulator::parse_dial_string;

namespace {

// "E0 &C1 S0=1 +FCLASS?"; a line that ends in what is no command has a "!" at its end.
std::string shown(std::string_view text) {
  std::string out;
  const auto line = parse_command_line(text);
  for (const auto& command : line.commands) {
    if (!out.empty()) out += ' ';
    const bool basic = command.name[0] != '+';
    out += command.name;
    if (basic && command.name != "D") out += std::to_string(command.number);
    if (command.form == Form::read) out += '?';
    if (command.form == Form::test) out += "=?";
    if (command.form == Form::set) out += '=';
    out += command.value;
  }
  return line.complete ? out : out + "!";
}

}  // namespace

TEST_CASE("basic commands share a line without anything between them", "[emulator][command]") {
  CHECK(shown("E0V1Q0X4&C1&D2") == "E0 V1 Q0 X4 &C1 &D2");
  CHECK(shown(" e 0 v1 \\n3%c0") == "E0 V1 \\N3 %C0");
  CHECK(shown("").empty());
  CHECK(shown("Z") == "Z0");
}

TEST_CASE("registers are set and read", "[emulator][command]") {
  CHECK(shown("S0=1S12?E1") == "S0=1 S12? E1");
  CHECK(shown("S7=") == "S7=0");
  CHECK(shown("S7") == "!");
}

TEST_CASE("extended commands end at a semicolon", "[emulator][command]") {
  CHECK(shown("+FCLASS=?;+GMI;E0") == "+FCLASS=? +GMI E0");
  CHECK(shown("E0+IPR=115200;+ICF?") == "E0 +IPR=115200 +ICF?");
  CHECK(shown("+") == "!");
  CHECK(shown("+X!") == "!");
}

TEST_CASE("what follows a dial command belongs to it", "[emulator][command]") {
  CHECK(shown("E0DT0,555-0100;") == "E0 DT0,555-0100;");
}

TEST_CASE("what is no command ends the line, and what stands before it counts", "[emulator][command]") {
  CHECK(shown("E0$V1") == "E0!");
  CHECK(shown("&") == "!");
  CHECK(shown("&1") == "!");
  CHECK(shown("X99999999999999999999") == "!");
}

TEST_CASE("a dial string is digits and what is done between them", "[emulator][command]") {
  const auto dial = parse_dial_string("T0W,(555) 01-00 *#", false);
  REQUIRE(dial);
  CHECK(dial->digits == "05550100*#");
  CHECK(dial->tones == 10);
  CHECK(dial->commas == 1);
  CHECK(dial->wait_for_tone);
  CHECK_FALSE(dial->stay_in_command);
  CHECK_FALSE(dial->quiet_answer);
}

TEST_CASE("pulses count, a zero is ten, and T ends them", "[emulator][command]") {
  const auto dial = parse_dial_string("P120T3!@;", false);
  REQUIRE(dial);
  CHECK(dial->pulses == 13);
  CHECK(dial->pulse_digits == 3);
  CHECK(dial->tones == 1);
  CHECK(dial->flashes == 1);
  CHECK(dial->quiet_answer);
  CHECK(dial->stay_in_command);
}

TEST_CASE("a semicolon stands at the end, and letters that mean nothing are refused", "[emulator][command]") {
  CHECK_FALSE(parse_dial_string("555;1", false));
  CHECK_FALSE(parse_dial_string("555X", false));
  CHECK(parse_dial_string("", false)->digits.empty());
  CHECK(parse_dial_string("L", false)->last);
  CHECK(parse_dial_string("S=2", false)->stored == 2);
  CHECK_FALSE(parse_dial_string("S2", false));
}
