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

TEST_CASE("a question that gets ERROR or no answer is not there", "[modem][identity]") {
  CHECK(information("ATI9", answer(ResultKind::error, {"x"})).empty());
  CHECK(information("ATI9", {}).empty());
}

TEST_CASE("a number alone is information of a modem that answers in words", "[modem][identity]") {
  auto zero = answer(ResultKind::ok, {});
  zero.code.text = "0";
  CHECK(information("AT+FCLASS=?", zero) == std::vector<std::string>{"0"});
}

TEST_CASE("the profile that says most about a modem is proposed, and none that misses one of its fragments",
          "[modem][identity]") {
  const std::vector<Candidate> all{{"usr", {"Robotics"}},
                                   {"courier", {"u.s. robotics", "Courier"}},
                                   {"other", {"Robotics", "Sportster"}},
                                   {"nothing", {}}};
  CHECK(best_match("U.S. Robotics Courier V.Everything\n", all) == "courier");
  CHECK(best_match("U.S. Robotics 56K\n", all) == "usr");
  CHECK(best_match("Telit\n", all).empty());
}
