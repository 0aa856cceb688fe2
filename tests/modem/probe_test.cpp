#include "modem/probe.h"

#include <catch2/catch.hpp>
#include <set>

using modem::AtAnswer;
using modem::Heard;
using modem::heard_of;
using modem::Probe;

namespace {

// Plays it with a line on which this is heard; the speeds and kinds that were tried.
template <class Line>
std::vector<Probe::Try> play(Probe& probe, Line line) {
  std::vector<Probe::Try> tries;
  while (const auto next = probe.next()) {
    REQUIRE(tries.size() < 100);
    tries.push_back(*next);
    probe.on(line(*next));
  }
  return tries;
}

}  // namespace

TEST_CASE("a dead port is tried twice at each usual speed, then by escape and from voice mode, and no more",
          "[modem][probe]") {
  Probe probe(Probe::usual_speeds());
  const auto tries = play(probe, [](const auto&) { return Heard::silence; });
  CHECK(probe.verdict() == Heard::silence);
  REQUIRE(tries.size() == 24);
  CHECK(probe.planned() == 24);
  CHECK(tries[0].speed == 115200);
  CHECK(tries[0].kind == Probe::Kind::wake);
  CHECK(tries[1].speed == 115200);
  CHECK(tries[1].kind == Probe::Kind::again);
  CHECK(tries[11].speed == 2400);
  std::set<unsigned> escaped;
  for (std::size_t i = 12; i < tries.size(); i += 2) {
    CHECK(tries[i].kind == Probe::Kind::escape);
    CHECK(tries[i + 1].kind == Probe::Kind::voice);
    escaped.insert(tries[i].speed);
  }
  CHECK(escaped.size() == 6);
}

TEST_CASE("the first answer ends a probe and tells the speed", "[modem][probe]") {
  Probe probe(Probe::usual_speeds());
  const auto tries = play(probe, [](const auto& one) { return one.speed == 19200 ? Heard::answer : Heard::garbage; });
  CHECK(probe.verdict() == Heard::answer);
  CHECK(probe.found().speed == 19200);
  CHECK(tries.size() == 7);
}

TEST_CASE("where an echo comes, results are switched on once: a modem answers, a loop-back plug does not",
          "[modem][probe]") {
  Probe modem(Probe::usual_speeds());
  auto tries =
      play(modem, [](const auto& one) { return one.kind == Probe::Kind::results_on ? Heard::answer : Heard::echo; });
  CHECK(tries.size() == 2);
  CHECK(modem.verdict() == Heard::answer);
  CHECK(modem.found().kind == Probe::Kind::results_on);
  Probe plug(Probe::usual_speeds());
  tries = play(plug, [](const auto&) { return Heard::echo; });
  CHECK(tries.size() == 25);
  CHECK(plug.verdict() == Heard::echo);
  CHECK(plug.found().speed == 115200);
}

TEST_CASE("garbage at some speeds is the verdict over silence at the others", "[modem][probe]") {
  Probe probe(Probe::usual_speeds());
  play(probe, [](const auto& one) { return one.speed == 9600 ? Heard::garbage : Heard::silence; });
  CHECK(probe.verdict() == Heard::garbage);
  CHECK(probe.found().speed == 9600);
}

TEST_CASE("an answer, an echo alone, noise and nothing are told apart", "[modem][probe]") {
  AtAnswer answer;
  CHECK(heard_of(answer) == Heard::silence);
  answer.octets = 3;
  answer.noise = true;
  CHECK(heard_of(answer) == Heard::garbage);
  answer.noise = false;
  answer.echoed = true;
  CHECK(heard_of(answer) == Heard::echo);
  answer.answered = true;
  CHECK(heard_of(answer) == Heard::answer);
}

TEST_CASE(
    "a proposed profile names port, speed and the profile that it stands on, with nothing of the modem's own words "
    "outside a comment",
    "[modem][probe]") {
  CHECK(modem::proposed_profile({.port = "/dev/serial/by-id/usb-x",
                                 .speed = 115200,
                                 .inherits = "usr",
                                 .product = "Courier\nport = \"x\"",
                                 .cts = true}) ==
        "# Courier\\012port = \"x\"\ninherits = \"usr\"\nport = \"/dev/serial/by-id/usb-x\"\nspeed = 115200\n");
  CHECK(modem::proposed_profile({.port = "tcp:h:1", .inherits = "", .product = "", .cts = std::nullopt}) ==
        "# a modem\nport = \"tcp:h:1\"\n");
}
