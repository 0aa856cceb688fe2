#include "chat/session.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/chat/played.h"

using chat_test::play;
using chat_test::Played;
using Texts = std::vector<std::string>;
using namespace std::chrono_literals;
using namespace std::string_literals;

TEST_CASE("a call is dialled and what follows CONNECT stays unread", "[chat][session]") {
  const Played played =
      play(R"("" ATZ OK ATDT5551212 CONNECT "")", {{"ATZ\r", "OK\r\n"}, {"ATDT5551212\r", "CONNECT 9600\r\n"}});
  CHECK(played.sent == "ATZ\rATDT5551212\r\r");
  CHECK(played.unread == " 9600\r\n");
  CHECK(played.status == 0);
  CHECK(played.log == Texts{"send (ATZ^M)", "expect (OK)", "OK", " -- got it", "send (ATDT5551212^M)",
                            "expect (CONNECT)", "^M", "CONNECT", " -- got it", "send (^M)"});
}

TEST_CASE("an abort string ends the script with its number and is named", "[chat][session]") {
  const Played played = play(R"(ABORT BUSY ABORT "NO CARRIER" "" ATD1 CONNECT \c)", {{"ATD1\r", "NO CARRIER\r\n"}});
  CHECK(played.status == 5);
  CHECK(played.matched == "NO CARRIER");
  CHECK(played.log.back() == "Failed (NO CARRIER)");
  CHECK(played.why == "'NO CARRIER' while 'CONNECT' was expected, word 7 of the script");
}

TEST_CASE("what comes after the match is not looked at", "[chat][session]") {
  const Played played =
      play(R"(ABORT BUSY ABORT "NO CARRIER" "" ATD1 CONNECT \c)", {{"ATD1\r", "CONNECT\r\nBUSY\r\n"}});
  CHECK(played.status == 0);
  CHECK(played.unread == "\r\nBUSY\r\n");
}

TEST_CASE("a sub-send goes out when the limit has passed", "[chat][session]") {
  const Played played = play("TIMEOUT 1 ogin:--ogin: ppp", {{"\r", "login: "}});
  CHECK(played.sent == "\rppp\r");
  CHECK(played.status == 0);
  const Played last = play("TIMEOUT 1 OK-ATH NEXT", {});
  CHECK(last.sent == "ATH\rNEXT\r");
  CHECK(last.status == 0);
}

TEST_CASE("every form of a sub-expect", "[chat][session]") {
  CHECK(play("TIMEOUT 1 OK- x", {}).status == 3);
  CHECK(play("TIMEOUT 1 OK-- x", {}).sent == "\rx\r");
  CHECK(play("TIMEOUT 1 OK-A- x", {}).sent == "A\rx\r");
  CHECK(play("TIMEOUT 1 -y x", {}).sent == "x\r");
  CHECK(play("TIMEOUT 1 OK-A-B- x", {}).status == 3);
  CHECK(play("TIMEOUT 1 OK-A-B-C-D x", {{"A\r", ""}, {"C\r", "D"}}).sent == "A\rC\rx\r");
  CHECK(play(R"(TIMEOUT 1 O\-K x)", {{"", "O-K"}}).status == 0);
  CHECK(play("TIMEOUT 1 OK-EOT-B x", {{"\4", "B"}}).sent == "\4x\r");
  CHECK(play("TIMEOUT 1 OK-@f-B x", {{"file\r", "B"}}).sent == "file\rx\r");
  CHECK(play("TIMEOUT 3 A-B-C x", {}).time == 6s + 20ms);
}

TEST_CASE("an abort string that is a prefix of the expect strikes first", "[chat][session]") {
  CHECK(play(R"(ABORT NO "" ATD1 "NO CARRIER" x)", {{"ATD1\r", "NO CARRIER"}}).status == 4);
}

TEST_CASE("on one octet the expect wins", "[chat][session]") {
  CHECK(play(R"(ABORT "NO CARRIER" CARRIER x)", {{"", "NO CARRIER"}}).status == 0);
}

TEST_CASE("of abort strings that end on one octet the first declared counts", "[chat][session]") {
  CHECK(play(R"(ABORT CARRIER ABORT "NO CARRIER" OK x)", {{"", "NO CARRIER"}}).status == 4);
  CHECK(play(R"(ABORT x ABORT CARRIER ABORT CARRIER OK x)", {{"", "NO CARRIER"}}).status == 5);
}

TEST_CASE("clearing an abort string moves the later ones down", "[chat][session]") {
  CHECK(play(R"(ABORT BUSY ABORT "NO CARRIER" CLR_ABORT BUSY "" A OK B)", {{"A\r", "BUSY NO CARRIER"}}).status == 4);
  CHECK(play("ABORT BUSY CLR_ABORT OTHER OK B", {{"", "BUSY"}}).status == 4);
}

TEST_CASE("an empty abort string strikes on what does not complete the expect", "[chat][session]") {
  CHECK(play("ABORT '' O x", {{"", "aO"}}).status == 4);
  CHECK(play("ABORT '' O x", {{"", "O"}}).status == 0);
}

TEST_CASE("values and escapes of a send", "[chat][session]") {
  chat::Settings settings;
  settings.phone = "5551212";
  settings.phone2 = "#99";
  CHECK(play(R"("" ATD\T,\U)", {}, settings).sent == "ATD5551212,#99\r");
  CHECK(play(R"("" AT\cZ)", {}).sent == "ATcZ\r");
  CHECK(play(R"("" a\Nb\0c\134d)", {}).sent == "a\0b\0c\\d\r"s);
  CHECK(play(R"("" EOT "" eot "" EOT\c)", {}).sent == "\4eot\rEOT");
}

TEST_CASE("a send that is not out in time ends the script", "[chat][session]") {
  const Played played = play(R"(TIMEOUT 1 "" AB\d\d\dCD)", {});
  CHECK(played.sent == "AB");
  CHECK(played.status == 1);
  CHECK(played.time >= 3s);
  CHECK(played.why == "a send took longer than 1 s, word 4 of the script");
  CHECK(play(R"(TIMEOUT 1 "" \d\d\c)", {}).status == 0);
  CHECK(play("TIMEOUT 1 '' " + std::string(150, 'x'), {}).status == 1);
}

TEST_CASE("a report is what stands from its string to the end of the line", "[chat][session]") {
  const Played played = play(R"(REPORT CONNECT "" A CONNECT \c OK \c)", {{"A\r", "CONNECT 9600\r\nOK"}});
  CHECK(played.reports == Texts{"CONNECT 9600"});
  CHECK(played.status == 0);
}

TEST_CASE("a report is collected to its end after the script's", "[chat][session]") {
  const std::string script = R"(REPORT CONNECT "" A CONNECT \c)";
  CHECK(play(script, {{"A\r", "CONNECT 9600\r\n"}}).reports == Texts{"CONNECT 9600"});
  CHECK(play(script, {{"A\r", "CONNECT 9600\r\n"}}).unread == "\n");
  CHECK(play(script, {{"A\r", "CONNECT 9600"}}).reports == Texts{"CONNECT 9600"});
  // A line that babbles without an end: the report has a bound, and so has the reading.
  const Played babble = play(script, {{"A\r", "CONNECT" + std::string(6000, 'x')}});
  CHECK(babble.reports.at(0).size() == chat::max_report_bytes);
  CHECK(!babble.unread.empty());
}

TEST_CASE("the limit is 45 seconds and TIMEOUT 0 puts it back", "[chat][session]") {
  CHECK(play("OK x", {}).time == 45s);
  CHECK(play("TIMEOUT 3 TIMEOUT 0 OK x", {}).time == 45s);
  CHECK(play("TIMEOUT 3 TIMEOUT -2 OK x", {}).time == 45s);
  CHECK(play("TIMEOUT 3x OK x", {}).time == 3s);
  CHECK(play("TIMEOUT 3 OK x", {{"", "O"}}).why == "expected 'OK' for 3 s, word 3 of the script");
  chat::Settings none;
  none.timeout = 0ms;
  CHECK(play("OK x", {}, none).status == 2);  // only the line's end ended it
}

TEST_CASE("strings have bounds", "[chat][session]") {
  CHECK(play("ABORT " + std::string(49, 'a') + " '' x", {}).status == 0);
  const Played longer = play("ABORT " + std::string(50, 'a') + " '' x", {});
  CHECK(longer.status == 1);
  CHECK(longer.log == Texts{"Illegal or too-long ABORT string ('" + std::string(50, 'a') + "')"});
  std::string many;
  for (int i = 0; i < 51; ++i) many += "REPORT x ";
  CHECK(play(many, {}).status == 2);
  CHECK(play(many, {}).log.back() == "Too many REPORT strings");
  const auto script = chat::script_of_words({std::string(1025, 'a'), "x"});
  CHECK(chat_test::FarEnd(script, chat::Settings{}, {}).play().status == 1);
}

TEST_CASE("keywords are keywords in expect position only", "[chat][session]") {
  CHECK(play("'' ABORT '' TIMEOUT", {}).sent == "ABORT\rTIMEOUT\r");
  CHECK(play(R"(\ABORT x)", {{"", "ABORT"}}).sent == "x\r");
  CHECK(play("ABORT", {}).status == 0);
  CHECK(play("abort x", {{"", "abort"}}).sent == "x\r");
}

TEST_CASE("SAY writes the send's form with a CR", "[chat][session]") {
  chat::Settings settings;
  settings.phone = "555";
  CHECK(play(R"(SAY dial\n\c SAY \T SAY a\d)", {}, settings).said == "dial\n555\ra\\d\r");
}

TEST_CASE("ECHO shows what is received from there on", "[chat][session]") {
  CHECK(play("ECHO ON A x ECHO OFF B x", {{"", "1\r\n2A3B"}}).echo == "1\n2A\n");
  CHECK(play("ECHO on A x", {{"", "A"}}).echo.empty());
}

TEST_CASE("a hidden send is not in the log", "[chat][session]") {
  const Played played = play(R"(word: \qsecret OK x)", {{"", "word:"}, {"secret\r", "OK"}});
  CHECK(played.sent == "secret\rx\r");
  for (const auto& line : played.log) CHECK(line.find("secret") == std::string::npos);
}

TEST_CASE("a hidden send that the far end repeats is in no log, echo or report", "[chat][session]") {
  const Played played =
      play(R"(REPORT here ECHO ON word: \qsecret OK x)",
           {{"", "word:"}, {"secret\r", "secret\r\nhere secret\r\n" + std::string(78, 'x') + "secretOK"}});
  CHECK(played.sent == "secret\rx\r");
  CHECK(played.echo.find("secret") == std::string::npos);
  CHECK(played.reports == Texts{"here " + std::string(6, '?')});
  for (const auto& line : played.log) CHECK(line.find("sec") == std::string::npos);
}

TEST_CASE("bit 8 is dropped unless the line is said to be clean", "[chat][session]") {
  CHECK(play("OK x", {{"", "\xcf\xcb"}}).status == 0);
  CHECK(play(R"(TIMEOUT 1 \317K x)", {{"", "\xcfK"}}).status == 3);
  chat::Settings clean;
  clean.eight_bit = true;
  CHECK(play(R"(\317K x)", {{"", "\xcfK"}}, clean).status == 0);
}

TEST_CASE("the failure names line and file of the word", "[chat][session]") {
  const auto script = chat::parse_script("ABORT BUSY\n\nTIMEOUT 2\nCONNECT x", "chat/provider");
  REQUIRE(script);
  const chat::Settings settings;
  CHECK(chat_test::FarEnd(*script, settings, {}).play().why == "expected 'CONNECT' for 2 s, line 4 of chat/provider");
  CHECK(chat_test::FarEnd(*script, settings, {{"", "BUSY"}}).play().why ==
        "'BUSY' while 'CONNECT' was expected, line 4 of chat/provider");
}

TEST_CASE("a time-out sends no sub-send after an abort string", "[chat][session]") {
  const Played played = play("TIMEOUT 1 ABORT NO OK-A-OK x", {{"", "NO"}});
  CHECK(played.sent.empty());
  CHECK(played.status == 4);
}

TEST_CASE("the line's end and a signal have status 2, a read error 3, a write error 1", "[chat][session]") {
  const auto waits = chat::script_of_words({"OK", "x"});
  const auto sends = chat::script_of_words({"", "x"});
  const chat::Settings settings;
  const auto status_after = [&](const chat::Script& script, const chat::Event& event) {
    chat::Session session(script, settings);
    session.start();
    return std::get<chat::Done>(session.on(event).back()).status;
  };
  CHECK(status_after(waits, chat::LineFailed{"Input/output error", true}) == 2);
  CHECK(status_after(waits, chat::LineFailed{"end of file", false}) == 3);
  CHECK(status_after(sends, chat::LineFailed{"No space left", false}) == 1);
  CHECK(status_after(sends, chat::LineFailed{"Input/output error", true}) == 2);
  CHECK(status_after(waits, chat::Interrupted{"stopped by SIGTERM"}) == 2);
}

TEST_CASE("a file that cannot be read has status 1", "[chat][session]") {
  const auto script = chat::script_of_words({"", "@f"});
  const chat::Settings settings;
  chat::Session session(script, settings);
  CHECK(std::get<chat::ReadFile>(session.start().back()).name == "f");
  const auto done = std::get<chat::Done>(session.on(chat::FileFailed{"f -- open failed: No"}).back());
  CHECK(done.status == 1);
  CHECK(done.why == "f -- open failed: No, word 2 of the script");
}
