#include "chat/script_check.h"

#include <catch2/catch.hpp>

namespace {

using Texts = std::vector<std::string>;

std::string line_of(const chat::ScriptFault& fault) {
  return std::string(fault.kind == chat::ScriptFault::Kind::error ? "E" : "W") + std::to_string(fault.line) + " " +
         fault.text;
}

Texts faults(const std::string& text, const chat::Settings& settings = {}) {
  Texts all;
  for (const auto& fault : chat::check_script(text, settings).faults) all.push_back(line_of(fault));
  return all;
}

}  // namespace

TEST_CASE("a script without fault has none", "[chat][check]") {
  CHECK(faults("").empty());
  CHECK(faults("# a call\nABORT BUSY ABORT 'NO CARRIER'\nTIMEOUT 60\nECHO ON HANGUP OFF\n"
               "'' ATZ OK ATDT\\T CONNECT ''\nogin:--ogin: ppp word: \\qsecret\nCLR_ABORT BUSY")
            .empty());
}

TEST_CASE("every fault is reported with its line and in their order", "[chat][check]") {
  const std::string script = "ABORT " + std::string(50, 'a') + "\n'' 'ATZ\nOK ATD\n\nREPORT " + std::string(60, 'b') +
                             "\n" + std::string(1000, 'c') + std::string("\\s") + std::string(30, 'c') + " x\n";
  CHECK(faults(script) == Texts{"E1 a string of 50 octets for ABORT: 49 at most", "E2 unterminated quote",
                                "E5 a string of 60 octets for REPORT: 49 at most",
                                "W6 a line of more than 1023 octets is cut"});
  CHECK(faults("'" + std::string(1000, 'c') + "'\n'x' \"y").back() == "E2 unterminated quote");
}

TEST_CASE("after a quote that stays open the words go on in their order", "[chat][check]") {
  const auto report = chat::check_script("'' 'ATZ\nOK @first\n'' \"ATD\nOK @second\n", {});
  REQUIRE(report.files.size() == 2);
  CHECK(report.files[0].name == "first");
  CHECK(report.files[1].line == 4);
  CHECK(report.faults.size() == 2);
}

TEST_CASE("strings are counted as a conversation would count them", "[chat][check]") {
  std::string fifty;
  for (int i = 0; i < 50; ++i) fifty += "ABORT s" + std::to_string(i) + "\n";
  CHECK(faults(fifty).empty());
  CHECK(faults(fifty + "ABORT x") == Texts{"E51 too many ABORT strings: 50 at most"});
  CHECK(faults(fifty + "CLR_ABORT s7\nABORT x").empty());
  CHECK(faults("CLR_ABORT x REPORT y CLR_REPORT y CLR_REPORT y") ==
        Texts{"W1 CLR_ABORT 'x': there is no such string", "W1 CLR_REPORT 'y': there is no such string"});
  CHECK(faults("ABORT A ABORT \\101 ABORT ''") ==
        Texts{"W1 ABORT 'A' is there already", "W1 ABORT of an empty string: any octet is one"});
}

TEST_CASE("an expect of more than 1024 octets is an error wherever it stands in its word", "[chat][check]") {
  chat::Settings settings;
  settings.environment = chat::Environment{{"LONG", std::string(1025, 'x')}};
  CHECK(faults("OK--$LONG x", settings) == Texts{"E1 an expect string of 1025 octets: 1024 at most"});
}

TEST_CASE("values that mean something else are warned of", "[chat][check]") {
  CHECK(faults("TIMEOUT 0\nTIMEOUT 5s\nTIMEOUT x") ==
        Texts{"W1 TIMEOUT '0' is 45 seconds", "W2 TIMEOUT '5s' is 5 seconds", "W3 TIMEOUT 'x' is 45 seconds"});
  CHECK(faults("ECHO on HANGUP off") == Texts{"W1 ECHO 'on' is OFF", "W1 HANGUP 'off' is ON"});
  CHECK(faults("ABORT") == Texts{"W1 ABORT without a value does nothing"});
  CHECK(faults("abort BUSY") == Texts{"W1 a keyword is in upper case: 'abort' is expected"});
  CHECK(faults(" # say OK") == Texts{"W1 a comment begins in the first column: '#' is expected"});
}

TEST_CASE("an expect that cannot be seen is warned of", "[chat][check]") {
  CHECK(faults("ABORT NO\n'' ATD1\n'NO CARRIER' x") ==
        Texts{"W3 'NO CARRIER' is never seen: the ABORT string 'NO' in it strikes first"});
  CHECK(faults("ABORT 'NO CARRIER' CARRIER x 'NO CARRIER' y").empty());
  CHECK(faults("\\311 x") == Texts{"W1 '\\311' is never seen: bit 8 of what is received is dropped"});
  chat::Settings clean;
  clean.eight_bit = true;
  CHECK(faults("\\311 x", clean).empty());
}

TEST_CASE("CR LF ends and words glued to a quote are warned of", "[chat][check]") {
  CHECK(faults("'' ATZ\r\nOK ATD\r\n") == Texts{"W1 CR at the end of a line is part of its last word"});
  CHECK(faults("\"AB\"CD") == Texts{"W1 a closing quote ends the word: what follows it is another one"});
}

TEST_CASE("files named by @ are given with their lines, sub-sends too", "[chat][check]") {
  const auto report = chat::check_script("'' @f\n'OK-@ g-OK' \\@h\n@i @", {});
  REQUIRE(report.files.size() == 2);
  CHECK(report.files[0].name == "f");
  CHECK(report.files[1].name == "g");
  CHECK(report.files[1].line == 2);
}

TEST_CASE("no fault names what is sent or hidden", "[chat][check]") {
  for (const auto& text : faults("word: \\qsecret\nECHO \\qsecret\n'' '\\qsecret")) {
    INFO(text);
    CHECK(text.find("secret") == std::string::npos);
  }
}
