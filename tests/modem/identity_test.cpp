#include "modem/identity.h"

#include <catch2/catch.hpp>

using modem::AtAnswer;
using modem::best_match;
using modem::Candidate;
using modem::information;
using modem::ResultKind;

namespace {

AtAnswer answer(ResultKind kind, std::vector<std::string> lines) {
  AtAnswer answer;
  answer.answered = true;
  answer.code.kind = kind;
  answer.code.text = kind == ResultKind::ok ? "OK" : "ERROR";
  answer.lines = std::move(lines);
  return answer;
}

}  // namespace

TEST_CASE("information text is kept without its command's name and without blanks", "[modem][identity]") {
  CHECK(information("AT+GMI", answer(ResultKind::ok, {"+GMI: Cinterion", " ", "  two "})) ==
        std::vector<std::string>{"Cinterion", "two"});
  CHECK(information("AT+FCLASS=?", answer(ResultKind::ok, {"+FCLASS: (0,1)"})) == std::vector<std::string>{"(0,1)"});
  CHECK(information("ATI3", answer(ResultKind::ok, {"V1.0"})) == std::vector<std::string>{"V1.0"});
}

TEST_CASE("what a profile asks besides is asked once, behind what every modem is asked", "[modem][identity]") {
  const std::vector<std::string> more{"ATI3", "ATI11", "AT+GMM"};
  const auto all = modem::identity_questions(more);
  CHECK(all.size() == modem::identity_questions({}).size() + 1);
  CHECK(all.back().name == "ATI11");
}

TEST_CASE("a question that gets ERROR or no answer is not there", "[modem][identity]") {
  CHECK(information("ATI9", answer(ResultKind::error, {"x"})).empty());
  CHECK(information("ATI9", {}).empty());
}

TEST_CASE("a number alone is information of a modem that answers in words", "[modem][identity]") {
  auto zero = answer(ResultKind::ok, {});
  zero.code.text = "0";
  CHECK(information("AT+FCLASS=?", zero) == std::vector<std::string>{"0"});
}

TEST_CASE("the profile with the longest text that a modem says is proposed, and none that names another maker",
          "[modem][identity]") {
  const std::vector<Candidate> all{{"usr", {"U.S. Robotics", "USRobotics"}},
                                   {"courier", {"Acme", "u.s. robotics courier"}},
                                   {"other", {"Telit"}},
                                   {"nothing", {}}};
  CHECK(best_match("U.S. Robotics Courier V.Everything\n", all) == "courier");
  CHECK(best_match("U.S. Robotics 56K\n", all) == "usr");
  CHECK(best_match("Cinterion\n", all).empty());
  CHECK(best_match("Telit\n", {}).empty());
}
