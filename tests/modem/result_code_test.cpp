#include "modem/result_code.h"

#include <catch2/catch.hpp>
#include <vector>

using modem::parse_result_code;
using modem::ResultKind;
using modem::Retry;

namespace {

ResultKind kind(std::string_view line) { return parse_result_code(line).kind; }

std::vector<std::string> lines_of(std::string_view octets) {
  modem::ResultReader reader;
  std::vector<std::string> lines;
  for (const char octet : octets) {
    if (auto line = reader.feed(static_cast<unsigned char>(octet))) lines.push_back(*line);
  }
  return lines;
}

modem::Trouble trouble(std::string_view line) { return modem::trouble_of(parse_result_code(line), "5551212"); }

}  // namespace

TEST_CASE("a result code is a whole line, never a part of one", "[modem][result_code]") {
  CHECK(kind("OK") == ResultKind::ok);
  CHECK(kind(" OK ") == ResultKind::ok);
  CHECK(kind("BROKEN OK") == ResultKind::information);
  CHECK(kind("OKAY") == ResultKind::information);
  CHECK(kind("ATDT5551212 BUSY") == ResultKind::information);
  CHECK(kind("xNO CARRIER") == ResultKind::information);
  CHECK(kind("CONNECTED") == ResultKind::information);
  CHECK(kind("CONNECTIX 56K") == ResultKind::information);
  CHECK(kind("") == ResultKind::information);
}

TEST_CASE("every verbose code is known by each of its spellings", "[modem][result_code]") {
  CHECK(kind("RING") == ResultKind::ring);
  CHECK(kind("RING A") == ResultKind::ring);
  CHECK(kind("+CRING: REL ASYNC") == ResultKind::ring);
  CHECK(kind("NO CARRIER") == ResultKind::no_carrier);
  CHECK(kind("NO CARRIER/E001B") == ResultKind::no_carrier);
  CHECK(kind("ERROR") == ResultKind::error);
  CHECK(kind("+CME ERROR: 30") == ResultKind::error);
  CHECK(kind("NO DIALTONE") == ResultKind::no_dialtone);
  CHECK(kind("NO DIAL TONE") == ResultKind::no_dialtone);
  CHECK(kind("BUSY") == ResultKind::busy);
  CHECK(kind("NO ANSWER") == ResultKind::no_answer);
  CHECK(kind("DELAYED") == ResultKind::delayed);
  CHECK(kind("DELAYED 00:01:00") == ResultKind::delayed);
  CHECK(kind("BLACKLISTED") == ResultKind::blacklisted);
  CHECK(kind("BLACKLIST FULL") == ResultKind::blacklisted);
  CHECK(kind("VOICE") == ResultKind::voice);
  CHECK(kind("FAX") == ResultKind::fax);
  CHECK(kind("+FCON") == ResultKind::fax);
  CHECK(kind("+FHNG: 1") == ResultKind::fax);
  CHECK(kind("VCON") == ResultKind::voice);
  CHECK(kind("CONNECT FAX") == ResultKind::fax);
  CHECK(kind("LINE IN USE") == ResultKind::line_in_use);
  for (const auto* line : {"RRING", "RINGING", "DIALING", "ALERTING", "CARRIER 28800", "PROTOCOL: LAP-M",
                           "COMPRESSION: V.42BIS", "+MCR: V34", "+MRR: 33600", "+ER: LAPM", "+DR: NONE"}) {
    CAPTURE(line);
    CHECK(kind(line) == ResultKind::progress);
  }
}

TEST_CASE("what a modem says of itself is no result of a call", "[modem][result_code]") {
  CHECK(kind("VOICE MODEM 56K") == ResultKind::information);
  CHECK(kind("FAX CLASS 1, 2") == ResultKind::information);
  CHECK(kind("PHONE LINE INTERFACE 2.0") == ResultKind::information);
  CHECK(kind("ERROR CORRECTION V.42") == ResultKind::information);
}

TEST_CASE("a numeric code counts only where all makers mean the same by it", "[modem][result_code]") {
  CHECK(kind("0") == ResultKind::ok);
  CHECK(kind("1") == ResultKind::connect);
  CHECK(kind("2") == ResultKind::ring);
  CHECK(kind("3") == ResultKind::no_carrier);
  CHECK(kind("4") == ResultKind::error);
  CHECK(kind("5") == ResultKind::information);
  CHECK(kind("6") == ResultKind::no_dialtone);
  CHECK(kind("7") == ResultKind::busy);
  CHECK(kind("8") == ResultKind::no_answer);
  CHECK(kind("9") == ResultKind::information);
  CHECK(kind("000") == ResultKind::information);  // the answer to ATS0?
  CHECK(kind("24") == ResultKind::information);
  CHECK(kind("33600") == ResultKind::information);
}

TEST_CASE("CONNECT tells the speed where it has one", "[modem][result_code]") {
  const auto speed = [](std::string_view line) {
    const auto code = parse_result_code(line);
    CHECK(code.kind == ResultKind::connect);
    CHECK(code.text == line);
    return code.speed;
  };
  CHECK_FALSE(speed("CONNECT"));
  CHECK_FALSE(speed("1"));
  CHECK(speed("CONNECT 33600") == 33600U);
  CHECK(speed("CONNECT 33600/ARQ/V34/LAPM/V42BIS") == 33600U);
  CHECK(speed("CONNECT 14400 EC") == 14400U);
  CHECK(speed("CONNECT 1200/75") == 1200U);
  CHECK_FALSE(speed("CONNECT/ARQ"));
  CHECK_FALSE(speed("CONNECT ARQ 9600"));
  CHECK_FALSE(speed("CONNECT 99999999999999999999"));
}

TEST_CASE("error correction is believed only where CONNECT names it", "[modem][result_code]") {
  for (const auto* line :
       {"CONNECT 33600/ARQ", "CONNECT 33600/ARQ/V34/LAPM/V42BIS", "CONNECT 57600/REL", "CONNECT 14400 EC",
        "CONNECT 28800/V42b", "CONNECT 28800/V.42bis", "CONNECT 2400/MNP5", "CONNECT 31200/LAP-M", "CONNECT/ARQ",
        "CONNECT 14400/REL-LAPM", "CONNECT 9600/RLP", "CONNECT 64000/X.75", "CONNECT 53333/ARQ/V90/LAPM/NONE"}) {
    CAPTURE(line);
    CHECK(parse_result_code(line).error_corrected);
  }
  for (const auto* line :
       {"CONNECT", "CONNECT 33600", "CONNECT 9600/NoEC", "CONNECT 115200/V34/NONE", "CONNECT 9600 NO EC",
        "CONNECT 9600/NOREL", "CONNECT 33600/NO-EC/V34", "CONNECT 33600/V34", "CONNECT 14400/NORMAL", "1", "BUSY"}) {
    CAPTURE(line);
    CHECK_FALSE(parse_result_code(line).error_corrected);
  }
}

TEST_CASE("the lines before CONNECT tell speed and error correction too", "[modem][result_code]") {
  CHECK(parse_result_code("CARRIER 28800").speed == 28800U);
  CHECK(parse_result_code("PROTOCOL: LAP-M").error_corrected);
  CHECK(parse_result_code("+ER: LAPM").error_corrected);
  CHECK_FALSE(parse_result_code("PROTOCOL: NONE").error_corrected);
  CHECK_FALSE(parse_result_code("+ER: NONE").error_corrected);
}

TEST_CASE("a ring and the steps of a call are no final answer", "[modem][result_code]") {
  for (const auto* line : {"OK", "CONNECT 9600", "NO CARRIER", "ERROR", "NO DIALTONE", "BUSY", "NO ANSWER", "DELAYED",
                           "BLACKLISTED", "VOICE", "FAX", "PHONE"}) {
    CAPTURE(line);
    CHECK(modem::is_final(kind(line)));
  }
  for (const auto* line : {"RING", "DIALING", "CARRIER 9600", "ATDT5551212", ""}) {
    CAPTURE(line);
    CHECK_FALSE(modem::is_final(kind(line)));
  }
}

TEST_CASE("the cause of a failed call decides when it is tried again", "[modem][result_code]") {
  for (const auto* line : {"BUSY", "NO CARRIER", "LINE IN USE", "+CME ERROR: 14"}) {
    CAPTURE(line);
    CHECK(trouble(line).retry == Retry::soon);
  }
  for (const auto* line : {"NO DIALTONE", "NO ANSWER", "DELAYED", "+CME ERROR: 30"}) {
    CAPTURE(line);
    CHECK(trouble(line).retry == Retry::later);
  }
  for (const auto* line : {"ERROR", "BLACKLISTED", "BLACKLIST FULL", "VOICE", "FAX", "OK", "+CME ERROR: 12",
                           "+CME ERROR: 16", "+CME ERROR: x"}) {
    CAPTURE(line);
    CHECK(trouble(line).retry == Retry::stop);
  }
  for (const auto* line : {"+CMS ERROR: 331", "+CME ERROR: no network service"})
    CHECK(trouble(line).retry == Retry::later);
  CHECK(modem::word(Retry::soon) == "soon");
  CHECK(modem::word(Retry::later) == "later");
  CHECK(modem::word(Retry::stop) == "stop");
}

TEST_CASE("a failed call says the number, the cause, the modem's word and what to do", "[modem][result_code]") {
  CHECK(trouble("BUSY").line() == "call to 5551212: the number is engaged: BUSY (try again in 10 to 60 s)");
  CHECK(modem::trouble_of(parse_result_code("NO CARRIER"), "").text.starts_with("call: no modem answered"));
  CHECK(trouble("NO DIALTONE").advice.find("plugged in") != std::string::npos);
  CHECK(trouble("BUSY").error == 0);
}

TEST_CASE("NO CARRIER means another thing at once than after the modem's wait for it", "[modem][result_code]") {
  using namespace std::chrono_literals;
  const auto text = [](std::chrono::milliseconds after) {
    return modem::trouble_of(parse_result_code("NO CARRIER"), "5551212", after).text;
  };
  CHECK(text(1500ms) ==
        "call to 5551212: 1 s after the dial: there is no line, or the network refused the call at once: NO CARRIER");
  CHECK(text(3s).starts_with("call to 5551212: no modem answered"));
  CHECK(text(50s).starts_with("call to 5551212: 50 s after the dial: nobody answered, or somebody who is no modem"));
  CHECK(modem::trouble_of(parse_result_code("BUSY"), "1", 1s).text == "call to 1: the number is engaged: BUSY");
}

TEST_CASE("a modem's octets reach no terminal as they are", "[modem][result_code]") {
  const auto text = modem::trouble_of(parse_result_code("BUSY \x1b[2J"), "1\n2").text;
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find('\n') == std::string::npos);
}

TEST_CASE("CR, LF and CR LF end a line, and empty lines are dropped", "[modem][result_code]") {
  CHECK(lines_of("\r\nOK\r\n") == std::vector<std::string>{"OK"});
  CHECK(lines_of("ATZ\r\r\nOK\r\n0\rRING\n") == std::vector<std::string>{"ATZ", "OK", "0", "RING"});
  CHECK(lines_of("NO CARR").empty());
}

TEST_CASE("CONNECT is complete at its CR, so that nothing after it is read", "[modem][result_code]") {
  modem::ResultReader reader;
  for (const char octet : std::string_view("\r\nCONNECT 9600"))
    CHECK_FALSE(reader.feed(static_cast<unsigned char>(octet)));
  CHECK(reader.partial() == "CONNECT 9600");
  CHECK(reader.feed('\r') == "CONNECT 9600");
  CHECK(reader.partial().empty());
}

TEST_CASE("a line longer than the bound is cut there and its rest is no line of its own", "[modem][result_code]") {
  const std::string noise(modem::ResultReader::max_bytes, 'x');
  const auto lines = lines_of(noise + "OK\r\nOK\r\n");
  REQUIRE(lines.size() == 2);
  CHECK(lines[0] == noise);
  CHECK(lines[1] == "OK");
}

TEST_CASE("what was begun can be forgotten", "[modem][result_code]") {
  modem::ResultReader reader;
  reader.feed('x');
  reader.reset();
  reader.feed('0');
  CHECK(reader.feed('\r') == "0");
}
