#include "mta/qmgr/intake.h"

#include <catch2/catch.hpp>

using mail::netstring;
using mta::Intake;

namespace {

// What came of the octets, as one line of words.
std::string told(const std::vector<Intake::Action>& actions) {
  std::string out;
  std::string message;
  for (const auto& action : actions) {
    if (std::holds_alternative<Intake::Begin>(action)) out += "begin ";
    if (const auto* part = std::get_if<Intake::Message>(&action)) message += part->octets;
    if (const auto* commit = std::get_if<Intake::Commit>(&action))
      out += "commit[" + message + "]" + std::to_string(commit->envelope.size());
    if (std::holds_alternative<Intake::List>(action)) out += "list";
    if (std::holds_alternative<Intake::Poke>(action)) out += "poke";
    if (std::holds_alternative<Intake::ShowClock>(action)) out += "clock";
    if (std::holds_alternative<Intake::ConfirmClock>(action)) out += "confirm";
    if (const auto* reject = std::get_if<Intake::Reject>(&action)) out += "reject" + std::to_string(reject->code);
  }
  return out;
}

std::string submission(const std::string& envelope) {
  return netstring("submit 1") + netstring("mhello ") + netstring("mworld") + netstring("e" + envelope);
}

const std::string good_envelope = std::string("Fa@b\0Tc@d\0\0", 11);

}  // namespace

TEST_CASE("a submission is the same however its octets are cut up", "[qmgr][intake]") {
  const auto octets = submission(good_envelope);
  Intake whole;
  const auto expected = told(whole.on(octets));
  CHECK(expected == "begin commit[hello world]11");
  CHECK(whole.finished());
  Intake single;
  std::vector<Intake::Action> actions;
  for (const char c : octets) {
    for (auto& action : single.on({&c, 1})) actions.push_back(std::move(action));
  }
  CHECK(told(actions) == expected);
}

TEST_CASE("after its one request a connection is not listened to", "[qmgr][intake]") {
  Intake intake;
  CHECK(told(intake.on(netstring("list 1") + netstring("poke 1"))) == "list");
  CHECK(intake.on(netstring("poke 1")).empty());
}

TEST_CASE("questions are told apart", "[qmgr][intake]") {
  CHECK(told(Intake().on(netstring("poke 1"))) == "poke");
  CHECK(told(Intake().on(netstring("clock 1"))) == "clock");
  CHECK(told(Intake().on(netstring("confirm-clock 1"))) == "confirm");
  CHECK(told(Intake().on(netstring("what 1"))) == "reject91");
}

TEST_CASE("an envelope that is no qmail envelope is refused as such", "[qmgr][intake]") {
  const std::string nul(1, '\0');
  for (const auto& bad : {std::string(), std::string("F"), "Fa" + nul, "Fa" + nul + nul, "Ta" + nul + "Tb" + nul + nul,
                          "Fa" + nul + "Tb" + nul, "Fa" + nul + "Tb" + nul + nul + nul, "Fa" + nul + "Fb" + nul + nul,
                          "Fa" + nul + "Xb" + nul + nul}) {
    CAPTURE(bad);
    CHECK(told(Intake().on(submission(bad))).find("reject91") != std::string::npos);
  }
}

TEST_CASE("an address beyond 1000 octets is refused for its length", "[qmgr][intake]") {
  const std::string nul(1, '\0');
  const auto with = [&](std::size_t size) {
    return told(Intake().on(submission("Fa@b" + nul + "T" + std::string(size, 'x') + nul + nul)));
  };
  CHECK(with(1000).find("commit") != std::string::npos);
  CHECK(with(1001).find("reject11") != std::string::npos);
}

TEST_CASE("an address with a control character is refused, whoever hands it in", "[qmgr][intake]") {
  const std::string nul(1, '\0');
  CHECK(told(Intake().on(submission("Fa@b" + nul + "Tx\nReturn-Path: <y>" + nul + nul))).find("reject31") !=
        std::string::npos);
  CHECK(told(Intake().on(submission("Fa\r@b" + nul + "Tx@y" + nul + nul))).find("reject31") != std::string::npos);
}

TEST_CASE("noise, a chunk over its bound and a netstring without comma are refused", "[qmgr][intake]") {
  CHECK(told(Intake().on("GET / HTTP/1.0\r\n")) == "reject91");
  CHECK(told(Intake().on(netstring("submit 1") + netstring("m" + std::string(Intake::max_chunk_bytes + 1, 'x')))) ==
        "begin reject91");
  CHECK(told(Intake().on("8:submit 1;")) == "reject91");
  CHECK(told(Intake().on("99999999999:")) == "reject91");
}
