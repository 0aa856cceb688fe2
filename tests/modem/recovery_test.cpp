// Modem's ladder on a scripted DCE: which rung brings it back, and what is left to a person.
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "modem/modem.h"
#include "scripted_dce.h"

namespace modem {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// Silent until the test says that it is back.
struct MuteDce {
  std::atomic<bool> awake = false;
  std::string wakes_by;  // a command
  ScriptedDce dce{[this](const std::string& command) {
    if (!wakes_by.empty() && command == wakes_by) {
      awake = true;
      return std::string("\r\nOK\r\n");
    }
    if (std::filesystem::exists(dce.folder() + "/power")) awake = true;
    return awake ? hayes_answer(command, "") : std::string();
  }};
  std::vector<std::string> said;

  [[nodiscard]] conf::ModemProfile profile() const {
    auto profile = dce.profile();
    profile.command_timeout = 50ms;
    profile.carrier_off = 50ms;
    profile.dtr_low = 10ms;
    profile.restart_time = 2000ms;
    return profile;
  }
  [[nodiscard]] std::string run_dir() const { return dce.folder() + "/run"; }
  Modem open(const conf::ModemProfile& profile, base::StopSignals* stop = nullptr) {
    auto modem =
        Modem::open(profile, "test", stop, {[this](std::string_view text) { said.emplace_back(text); }, run_dir()});
    REQUIRE(modem);
    return std::move(*modem);
  }
  [[nodiscard]] bool has_said(const std::string& text) const {
    return std::ranges::any_of(said, [&](const auto& one) { return one.find(text) != std::string::npos; });
  }
  [[nodiscard]] auto times(const std::string& command) const { return std::ranges::count(dce.commands(), command); }
};

TEST_CASE("a modem that only a reset wakes is reset and gets its settings", "[modem][recovery]") {
  MuteDce mute;
  mute.wakes_by = "ATZ";
  auto modem = mute.open(mute.profile());
  CHECK(modem.prepare(Use::line));
  CHECK(mute.has_said("it answers nothing to AT"));
  CHECK(mute.has_said("trying DTR"));
  CHECK(mute.has_said("ATZ brought it back"));
  CHECK(mute.dce.commands().back() == "ATS2=255");
}

TEST_CASE("a modem that falls silent between its init lines is brought back and gets them all again",
          "[modem][recovery]") {
  int resets = 0;
  ScriptedDce dce([&](const std::string& command) {
    if (command == "ATZ") ++resets;
    return resets == 1 ? std::string() : hayes_answer(command, "");
  });
  auto profile = dce.profile();
  profile.command_timeout = 50ms;
  auto modem = Modem::open(profile, "test", nullptr);
  REQUIRE(modem);
  CHECK(modem->prepare(Use::line));
  CHECK(dce.commands().back() == "ATS2=255");
}

TEST_CASE("a restart is the last but one resort, and not twice in its interval, whichever process asks",
          "[modem][recovery]") {
  MuteDce mute;
  mute.wakes_by = "AT+CFUN=1,1";
  auto profile = mute.profile();
  profile.restart = "AT+CFUN=1,1";
  {
    auto modem = mute.open(profile);
    CHECK(modem.prepare(Use::line));
    CHECK(mute.has_said("AT+CFUN=1,1 brought it back"));
  }
  mute.awake = false;
  auto modem = mute.open(profile);
  const auto ready = modem.prepare(Use::line);
  REQUIRE_FALSE(ready);
  CHECK(ready.error().retry == Retry::stop);
  CHECK(ready.error().text.find("AT+CFUN=1,1 was tried ") != std::string::npos);
  CHECK(mute.times("AT+CFUN=1,1") == 1);
}

TEST_CASE("a restart may take the port away, and it is opened again by its name", "[modem][recovery]") {
  MuteDce mute;
  mute.wakes_by = "AT+CFUN=1,1";
  auto profile = mute.profile();
  profile.restart = "AT+CFUN=1,1";
  auto modem = mute.open(profile);
  std::thread restart([&] {
    if (ScriptedDce::wait([&] { return mute.times("AT+CFUN=1,1") > 0; })) mute.dce.hang_up_tty();
  });
  const auto ready = modem.prepare(Use::line);
  restart.join();
  CHECK(ready);
  CHECK(mute.has_said("AT+CFUN=1,1 brought it back"));
}

TEST_CASE("the power hook is a program of its own words, and the modem is waited for", "[modem][recovery]") {
  MuteDce mute;
  auto profile = mute.profile();
  profile.power_hook = {"/bin/touch", mute.dce.folder() + "/power"};
  auto modem = mute.open(profile);
  CHECK(modem.prepare(Use::line));
  CHECK(mute.has_said("the power hook /bin/touch brought it back"));
}

TEST_CASE("a power hook that fails, or does not end, is told and left in time", "[modem][recovery]") {
  const auto [hook, why] =
      GENERATE(table<std::vector<std::string>, std::string>({{{"/bin/false"}, "ended with status 1"},
                                                             {{"/nonexistent/hook"}, "cannot be run"},
                                                             {{"/bin/sleep", "1000"}, "did not end within 60 ms"}}));
  MuteDce mute;
  auto profile = mute.profile();
  profile.power_hook = hook;
  profile.power_timeout = 60ms;
  auto modem = mute.open(profile);
  const auto began = Clock::now();
  const auto ready = modem.prepare(Use::line);
  REQUIRE_FALSE(ready);
  CHECK(Clock::now() - began < 10s);
  CHECK(mute.has_said(why));
  CHECK(ready.error().text.find("did not help") != std::string::npos);
}

TEST_CASE("what was climbed before the dial is not climbed again for the hang-up", "[modem][recovery]") {
  MuteDce mute;
  auto modem = mute.open(mute.profile());
  REQUIRE_FALSE(modem.prepare(Use::line));
  const auto commands = mute.dce.commands().size();
  const auto down = modem.hang_up();
  REQUIRE_FALSE(down);
  CHECK(down.error().text.find("DTR, +++ with ATH0, ATZ and a reopened port did not help") != std::string::npos);
  CHECK(mute.dce.commands().size() == commands);
}

TEST_CASE("a modem that does not hang up is switched off by the power hook, once", "[modem][recovery]") {
  MuteDce mute;
  auto profile = mute.profile();
  profile.power_hook = {"/bin/touch", mute.dce.folder() + "/power"};
  auto modem = mute.open(profile);
  CHECK(modem.hang_up());
  std::filesystem::remove(mute.dce.folder() + "/power");
  mute.awake = false;
  REQUIRE(modem.close());
  auto again = mute.open(profile);
  const auto down = again.hang_up();
  REQUIRE_FALSE(down);
  CHECK(down.error().text.find(" ago already") != std::string::npos);
}

TEST_CASE("after a signal the line is put on-hook by what is cheap, and nothing dear is used up", "[modem][recovery]") {
  MuteDce mute;
  auto profile = mute.profile();
  profile.power_hook = {"/bin/touch", mute.dce.folder() + "/power"};
  sigset_t before;
  ::sigprocmask(SIG_SETMASK, nullptr, &before);
  auto stop = base::StopSignals::watch();
  REQUIRE(stop);
  {
    auto modem = mute.open(profile, &*stop);
    mute.awake = true;
    REQUIRE(modem.prepare(Use::line));  // its thread has the signals blocked by now
    mute.awake = false;
    ::kill(::getpid(), SIGTERM);
    CHECK_FALSE(modem.hang_up());
    CHECK(mute.has_said("trying a reopened port"));
    CHECK_FALSE(std::filesystem::exists(mute.run_dir() + "/recovery-test"));
  }
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
}

TEST_CASE("a signal ends the wait for the power hook", "[modem][recovery]") {
  MuteDce mute;
  auto profile = mute.profile();
  const auto script = mute.dce.folder() + "/hook";
  std::ofstream(script) << "#!/bin/sh\nkill -TERM $PPID\nexec sleep 1000\n";
  REQUIRE(::chmod(script.c_str(), 0700) == 0);
  profile.power_hook = {script};
  sigset_t before;
  ::sigprocmask(SIG_SETMASK, nullptr, &before);
  auto stop = base::StopSignals::watch();
  REQUIRE(stop);
  {
    auto modem = mute.open(profile, &*stop);
    const auto began = Clock::now();
    const auto ready = modem.prepare(Use::line);
    REQUIRE_FALSE(ready);
    CHECK(ready.error().error == EINTR);
    CHECK(Clock::now() - began < 10s);
  }
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace
}  // namespace modem
