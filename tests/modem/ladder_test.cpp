#include "modem/ladder.h"

#include <catch2/catch.hpp>

#include "modem/recovery_memory.h"
#include "tests/mta/mail_store/scratch.h"

namespace modem {
namespace {

using namespace std::chrono_literals;

conf::ModemProfile full_profile() {
  conf::ModemProfile profile;
  profile.restart = "AT+CFUN=1,1";
  profile.power_hook = {"/sbin/power", "cycle"};
  return profile;
}

// The rungs that are asked for until one helps (the helpful) or none is left.
std::vector<Rung> climbed(Ladder& ladder, const Ladder::Stuck& stuck, std::optional<Rung> helpful = std::nullopt,
                          bool port_gone = false) {
  std::vector<Rung> rungs;
  for (auto actions = ladder.on(stuck);;) {
    REQUIRE_FALSE(actions.empty());
    const auto& last = actions.back();
    if (const auto* done = std::get_if<Ladder::Done>(&last)) {
      CHECK(done->helped == (helpful && !rungs.empty() && rungs.back() == *helpful));
      return rungs;
    }
    rungs.push_back(std::get<Ladder::Climb>(last).rung);
    actions = ladder.on(Ladder::Climbed{helpful == rungs.back(), port_gone});
  }
}

using Rungs = std::vector<Rung>;

TEST_CASE("rungs are climbed from the cheapest to the dearest, then a person is asked", "[modem][ladder]") {
  Ladder ladder(full_profile());
  CHECK(climbed(ladder, {}) == Rungs{Rung::dtr, Rung::escape, Rung::reset, Rung::reopen, Rung::restart, Rung::power});
  CHECK(ladder.is_exhausted());
  CHECK(ladder.tried_text() ==
        "DTR, +++ with ATH0, ATZ, a reopened port, AT+CFUN=1,1 and the power hook /sbin/power did not help");
}

TEST_CASE("the escape goes first only where DTR cannot hang up", "[modem][ladder]") {
  auto profile = full_profile();
  profile.hangup = conf::HangUp::escape;
  Ladder ladder(profile);
  CHECK(climbed(ladder, {}).front() == Rung::escape);
}

TEST_CASE("a profile without reset, restart and power hook has none of their rungs", "[modem][ladder]") {
  conf::ModemProfile profile;
  profile.reset = "";
  Ladder ladder(profile);
  CHECK(climbed(ladder, {}) == Rungs{Rung::dtr, Rung::escape, Rung::reopen});
}

TEST_CASE("a rung that helped ends the climb, and no rung is climbed twice in an attempt", "[modem][ladder]") {
  Ladder ladder(full_profile());
  CHECK(climbed(ladder, {}, Rung::escape) == Rungs{Rung::dtr, Rung::escape});
  CHECK_FALSE(ladder.is_exhausted());
  CHECK(climbed(ladder, {}, Rung::reopen) == Rungs{Rung::reset, Rung::reopen});
  ladder.note_tried(Rung::restart);
  CHECK(climbed(ladder, {}) == Rungs{Rung::power});
  CHECK(climbed(ladder, {}).empty());
}

TEST_CASE("a dear rung is not climbed again before its interval is over, and that is told", "[modem][ladder]") {
  auto profile = full_profile();
  profile.recovery_interval = 30min;
  Ladder ladder(profile);
  const auto rungs = climbed(ladder, {false, 1799s, 1800s, ""});
  CHECK(rungs == Rungs{Rung::dtr, Rung::escape, Rung::reset, Rung::reopen, Rung::power});
  CHECK(ladder.tried_text().find("AT+CFUN=1,1 was tried 1799 s ago already") != std::string::npos);
}

TEST_CASE("what cannot be remembered is not climbed", "[modem][ladder]") {
  Ladder ladder(full_profile());
  const auto rungs = climbed(ladder, {false, {}, {}, "there is no run folder"});
  CHECK(rungs == Rungs{Rung::dtr, Rung::escape, Rung::reset, Rung::reopen});
  CHECK(ladder.tried_text().find("AT+CFUN=1,1 is not for now: there is no run folder") != std::string::npos);
}

TEST_CASE("without a port only what brings it back is climbed, and the rest once it is", "[modem][ladder]") {
  Ladder away(full_profile());
  CHECK(climbed(away, {true, {}, {}, ""}, {}, true) == Rungs{Rung::reopen, Rung::power});
  Ladder back(full_profile());
  CHECK(climbed(back, {true, {}, {}, ""}) ==
        Rungs{Rung::reopen, Rung::dtr, Rung::escape, Rung::reset, Rung::restart, Rung::power});
}

TEST_CASE("a climb that a signal stopped has not helped", "[modem][ladder]") {
  Ladder ladder(full_profile());
  ladder.on(Ladder::Stuck{});
  const auto actions = ladder.on(Ladder::Stopped{});
  REQUIRE(actions.size() == 1);
  CHECK_FALSE(std::get<Ladder::Done>(actions[0]).helped);
  CHECK_FALSE(ladder.is_exhausted());
}

TEST_CASE("dear rungs are remembered for one boot", "[modem][ladder]") {
  const auto text = format_climbs({17, 4000}, "this-boot");
  CHECK(parse_climbs(text, "this-boot").restart == 17);
  CHECK(parse_climbs(text, "this-boot").power == 4000);
  CHECK_FALSE(parse_climbs(text, "another").restart);
  CHECK_FALSE(parse_climbs(text, "").power);
  for (const char* wrong : {"", "restart 17\n", "boot this-boot\nrestart x\n", "boot this-boot\nrestart\n", "\n\n"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_climbs(wrong, "this-boot").restart);
  }
}

TEST_CASE("what is remembered of a profile is its own, on disk, and needs a run folder", "[modem][ladder]") {
  const Scratch scratch;
  const auto run = scratch.path("run");
  REQUIRE(note_climb(run, "one", Rung::power));
  REQUIRE(note_climb(run, "one", Rung::restart));
  const auto one = read_climbs(run, "one");
  REQUIRE(one);
  CHECK(one->power);
  CHECK(one->restart);
  const auto two = read_climbs(run, "two");
  REQUIRE(two);
  CHECK_FALSE(two->power);
  CHECK_FALSE(read_climbs("", "one"));
  CHECK_FALSE(note_climb("", "one", Rung::power));
}

}  // namespace
}  // namespace modem
