#include "modem/at_dialogue.h"

#include <catch2/catch.hpp>

namespace modem {
namespace {

using namespace std::chrono_literals;
using Action = AtDialogue::Action;

AtDialogue started(const std::string& bytes, Final final = Final::ok) {
  AtDialogue dialogue({bytes, final, 5s});
  [[maybe_unused]] auto actions = dialogue.start();
  return dialogue;
}

// What is left when the answer was complete, or the actions of the last octet.
struct Fed {
  std::optional<AtAnswer> answer;
  std::size_t octets = 0;  // that it took
};

Fed feed(AtDialogue& dialogue, std::string_view text) {
  Fed fed;
  for (const char c : text) {
    ++fed.octets;
    auto actions = dialogue.on(AtDialogue::Octet{static_cast<unsigned char>(c)});
    for (auto& action : actions) {
      if (auto* done = std::get_if<AtDialogue::Done>(&action)) {
        fed.answer = std::move(done->answer);
        return fed;
      }
    }
  }
  return fed;
}

std::optional<AtAnswer> expire(AtDialogue& dialogue) {
  auto actions = dialogue.on(AtDialogue::Expired{});
  if (actions.size() != 1 || !std::holds_alternative<AtDialogue::Done>(actions[0])) return std::nullopt;
  return std::get<AtDialogue::Done>(actions[0]).answer;
}

TEST_CASE("a command is sent after the input was thrown away and the time is running", "[modem][at]") {
  AtDialogue dialogue({"ATZ\r", Final::ok, 3s});
  const auto actions = dialogue.start();
  REQUIRE(actions.size() == 3);
  CHECK(std::holds_alternative<AtDialogue::Flush>(actions[0]));
  CHECK(std::get<AtDialogue::Arm>(actions[1]).within == 3s);
  CHECK(std::get<AtDialogue::Write>(actions[2]).bytes == "ATZ\r");
}

TEST_CASE("the echo is dropped, and the lines before the final result are kept", "[modem][at]") {
  auto dialogue = started("ATI\r");
  const auto fed = feed(dialogue, "ATI\r\r\nHayes 9600\r\nROM 1.2\r\n\r\nOK\r\n");
  REQUIRE(fed.answer);
  CHECK(fed.answer->answered);
  CHECK(fed.answer->echoed);
  CHECK(fed.answer->code.kind == ResultKind::ok);
  CHECK(fed.answer->lines == std::vector<std::string>{"Hayes 9600", "ROM 1.2"});
}

TEST_CASE("a result is a whole line, never a part of one", "[modem][at]") {
  auto dialogue = started("ATDT5551212BUSY\r", Final::connect);
  CHECK_FALSE(feed(dialogue, "ATDT5551212BUSY\r\nNOT BUSY\r\nX ERROR\r\n").answer);
  const auto fed = feed(dialogue, "NO DIALTONE\r");
  REQUIRE(fed.answer);
  CHECK(fed.answer->code.kind == ResultKind::no_dialtone);
}

TEST_CASE("what the modem says on its own account is told apart from the answer", "[modem][at]") {
  auto dialogue = started("AT+CREG?\r");
  const auto fed = feed(dialogue, "\r\n+CREG: 2\r\n\r\nHARDWARE FAILURE: 0,1\r\n+CREG: 1,5\r\n^RSSI: 9\r\n\r\nOK\r\n");
  REQUIRE(fed.answer);
  CHECK(fed.answer->lines == std::vector<std::string>{"+CREG: 1,5"});
  CHECK(fed.answer->unsolicited == std::vector<std::string>{"+CREG: 2", "HARDWARE FAILURE: 0,1", "^RSSI: 9"});
}

TEST_CASE("a ring is told apart from the answer", "[modem][at]") {
  auto dialogue = started("ATE0\r");
  const auto fed = feed(dialogue, "\r\nRING\r\n\r\nRING\r\n\r\nOK\r\n");
  REQUIRE(fed.answer);
  CHECK(fed.answer->rings == 2);
  CHECK(fed.answer->lines.empty());
}

TEST_CASE("the end of the call before is no answer to a command", "[modem][at]") {
  auto dialogue = started("ATH0\r");
  const auto fed = feed(dialogue, "\r\nNO CARRIER\r\n\r\nOK\r\n");
  REQUIRE(fed.answer);
  CHECK(fed.answer->code.kind == ResultKind::ok);
}

TEST_CASE("nothing behind the line feed of CONNECT is taken", "[modem][at]") {
  auto dialogue = started("ATD1\r", Final::connect);
  const std::string connect = "\r\nCONNECT 33600/ARQ\r\n";
  const auto fed = feed(dialogue, connect + "220 provider\r\n");
  REQUIRE(fed.answer);
  CHECK(fed.octets == connect.size());
  CHECK(fed.answer->code.speed == 33600U);
  CHECK(fed.answer->code.error_corrected);
}

TEST_CASE("nothing behind the CR of a numeric CONNECT is taken where noise stands before it", "[modem][at]") {
  for (const auto& noise : {std::string(" "), std::string("\t "), std::string(1, '\0')}) {
    auto dialogue = started("ATDT1\r", Final::connect);
    const std::string answer = noise + "1\r";
    const auto fed = feed(dialogue, answer + "220 provider");
    REQUIRE(fed.answer);
    CHECK(fed.answer->code.kind == ResultKind::connect);
    CHECK(fed.octets == answer.size());
  }
}

TEST_CASE("nothing behind the CR of a numeric CONNECT is taken", "[modem][at]") {
  auto dialogue = started("ATD1\r", Final::connect);
  const auto fed = feed(dialogue, "1\r220 provider\r\n");
  REQUIRE(fed.answer);
  CHECK(fed.octets == 2);
}

TEST_CASE("a CONNECT whose line feed does not come has connected all the same", "[modem][at]") {
  auto dialogue = started("ATD1\r", Final::connect);
  CHECK_FALSE(feed(dialogue, "CONNECT 2400\r").answer);
  const auto answer = expire(dialogue);
  REQUIRE(answer);
  CHECK(answer->answered);
  CHECK(answer->code.speed == 2400U);
}

TEST_CASE("error correction is believed from the PROTOCOL line before CONNECT", "[modem][at]") {
  auto dialogue = started("ATD1\r", Final::connect);
  const auto fed = feed(dialogue, "\r\nCARRIER 28800\r\n\r\nPROTOCOL: LAP-M\r\n\r\nCONNECT 115200\r\n");
  REQUIRE(fed.answer);
  CHECK(fed.answer->code.error_corrected);
}

TEST_CASE("silence, an echo alone and garbage are three different troubles", "[modem][at]") {
  auto silent = started("AT\r");
  auto answer = expire(silent);
  REQUIRE(answer);
  CHECK((!answer->answered && !answer->echoed && answer->octets == 0));

  auto echo = started("AT\r");
  CHECK_FALSE(feed(echo, "AT\r").answer);
  answer = expire(echo);
  REQUIRE(answer);
  CHECK((answer->echoed && !answer->noise));

  auto garbage = started("AT\r");
  CHECK_FALSE(feed(garbage, "\xfe\x80x\r\x03").answer);
  answer = expire(garbage);
  REQUIRE(answer);
  CHECK((!answer->echoed && answer->noise));

  auto both = started("AT\r");
  CHECK_FALSE(feed(both, "AT\r\xfe\x80").answer);
  answer = expire(both);
  REQUIRE(answer);
  CHECK((answer->echoed && answer->noise));
}

TEST_CASE("an echo without a line end is one", "[modem][at]") {
  auto dialogue = started("+++");
  CHECK_FALSE(feed(dialogue, "+++").answer);
  CHECK(expire(dialogue)->echoed);
}

TEST_CASE("information text is kept up to a bound", "[modem][at]") {
  auto dialogue = started("ATI\r");
  for (int i = 0; i < 1000; ++i) CHECK_FALSE(feed(dialogue, "text\r\n").answer);
  CHECK(feed(dialogue, "OK\r").answer->lines.size() == AtDialogue::max_lines);
}

TEST_CASE("dial and answer commands are found in a command line, and nothing that looks like one", "[modem][at]") {
  for (const auto* line : {"ATDT5551212", "atd1", "ATX3DT0W555", "AT&F&C1DP1", "ATA", "ATS7=60DT1", "AT+IPR=9600;DT1",
                           "ATO", "+++ATO1", "AT E0 D 1"})
    CHECK(starts_call(line));
  for (const auto* line : {"AT", "ATZ", "AT&D2", "AT&FE0V1Q0X4&C1&D2S0=0", "AT%D1\\A3", "AT+CGDCONT=1,\"IP\",\"data\"",
                           "AT#CID=1", "AT-D1", "DATA", "ppp", "", "CATD1", "ATH0"})
    CHECK_FALSE(starts_call(line));
}

TEST_CASE("a reset is known by its letter, not by a Z anywhere", "[modem][at]") {
  CHECK(resets("ATZ"));
  CHECK(resets("ate0z1"));
  CHECK_FALSE(resets("AT&Z1=555"));
  CHECK_FALSE(resets("AT+CZ=1"));
}

}  // namespace
}  // namespace modem
