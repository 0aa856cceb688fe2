#include "modem/modem.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "scripted_dce.h"

namespace modem {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

Modem opened(const ScriptedDce& dce, const conf::ModemProfile& profile) {
  auto modem = Modem::open(profile, "test", nullptr);
  INFO((modem ? std::string() : modem.error().line()) << " " << dce.folder());
  REQUIRE(modem);
  return std::move(*modem);
}

Modem opened(const ScriptedDce& dce) { return opened(dce, dce.profile()); }

bool locked(const ScriptedDce& dce) {
  for (const auto& entry : std::filesystem::directory_iterator(dce.folder())) {
    if (entry.path().filename().string().starts_with("LCK..")) return true;
  }
  return false;
}

ScriptedDce::Answer hayes(const std::string& dial_answer) {
  return [dial_answer](const std::string& command) { return hayes_answer(command, dial_answer); };
}

std::string read_line(Modem& modem) {
  std::string text;
  while (!text.ends_with('\n')) {
    std::array<char, 1> octet{};
    const auto n = modem.port().read(octet, base::Deadline::after(5s), nullptr);
    REQUIRE((n && *n == 1));
    text += octet[0];
  }
  return text;
}

Outcome<Connection> dial_with(Modem& modem, const std::string& text) {
  const auto script = chat::parse_script(text, "test");
  REQUIRE(script);
  return modem.dial({"555", &*script, {}});
}

Outcome<bool> rings(Modem& modem, std::chrono::milliseconds within) {
  IncomingCall call;
  return modem.wait_ring(call, base::Deadline::after(within), [] { return true; });
}

TEST_CASE("the init lines are sent one after the other, the escape character is switched off last", "[modem]") {
  ScriptedDce dce(hayes(""));
  auto modem = opened(dce);
  REQUIRE(modem.prepare(Use::line));
  CHECK(dce.commands() == std::vector<std::string>{"AT", "ATH0", "ATZ", "ATE0V1", "ATS2=255"});
}

TEST_CASE("the escape character stays where only it can hang up, and for ppp", "[modem]") {
  ScriptedDce dce(hayes(""));
  auto profile = dce.profile();
  profile.hangup = conf::HangUp::escape;
  auto modem = opened(dce, profile);
  REQUIRE(modem.prepare(Use::line));
  REQUIRE(modem.prepare(Use::ppp));
  const auto commands = dce.commands();
  CHECK(std::count(commands.begin(), commands.end(), "ATS2=255") == 0);
}

TEST_CASE("a modem that answers nothing, its echo or garbage is told apart, and a person is asked", "[modem]") {
  const auto [answer, why] =
      GENERATE(table<std::string, std::string>({{"", "nothing"}, {"=", "only the echo"}, {"\xfe\x81zz\r", "garbage"}}));
  ScriptedDce dce([text = answer](const std::string& command) { return text == "=" ? command + "\r" : text; });
  auto profile = dce.profile();
  profile.command_timeout = 100ms;
  auto modem = opened(dce, profile);
  const auto ready = modem.prepare(Use::line);
  REQUIRE_FALSE(ready);
  CHECK(ready.error().retry == Retry::stop);
  CHECK(ready.error().text.find(why) != std::string::npos);
  CHECK_FALSE(ready.error().advice.empty());
}

TEST_CASE("an init line that is refused names the profile and the line", "[modem]") {
  ScriptedDce dce([](const std::string& command) {
    return command == "ATE0V1" ? std::string("\r\nERROR\r\n") : hayes_answer(command, "");
  });
  auto modem = opened(dce);
  const auto ready = modem.prepare(Use::line);
  REQUIRE_FALSE(ready);
  CHECK(ready.error().retry == Retry::stop);
  CHECK(ready.error().text.find("modems/test.toml") != std::string::npos);
  CHECK(ready.error().text.find("ATE0V1") != std::string::npos);
}

TEST_CASE("a modem that never falls silent is given up in time, and so is the wait for a ring", "[modem]") {
  base::Fd master(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
  REQUIRE(::grantpt(master.get()) == 0);
  REQUIRE(::unlockpt(master.get()) == 0);
  const ScriptedDce lends_its_profile(hayes(""));
  auto profile = lends_its_profile.profile();
  profile.port = ::ptsname(master.get());
  profile.command_timeout = 20ms;
  profile.carrier_off = 40ms;
  auto modem = opened(lends_its_profile, profile);
  std::atomic<bool> ends = false;
  std::thread babble([&] {
    const std::string octets(4096, 'x');
    for (const auto begun = Clock::now(); !ends && Clock::now() - begun < 20s;)
      [[maybe_unused]] const auto written = ::write(master.get(), octets.data(), octets.size());
  });
  const auto begun = Clock::now();
  const auto ready = modem.prepare(Use::line);
  const auto rung = rings(modem, 20ms);
  const auto down = modem.hang_up();
  const auto took = Clock::now() - begun;
  ends = true;
  babble.join();
  CHECK(took < 10s);
  CHECK_FALSE(ready);
  CHECK((rung && !*rung));
  CHECK_FALSE(down);
}

TEST_CASE("a SIM's PIN is not shown when its command is refused, in whichever case it is written", "[modem]") {
  const std::string line =
      GENERATE("AT+CPIN=\"1234\"", "at+cpin=\"1234\"", "ATX4+CPIN = 1234", "AT+CGAUTH=1,1,\"1234\"");
  ScriptedDce dce([](const std::string& command) {
    return command.find("1234") != std::string::npos ? std::string("\r\n+CME ERROR: 16\r\n")
                                                     : hayes_answer(command, "");
  });
  auto profile = dce.profile();
  profile.init = {line};
  auto modem = opened(dce, profile);
  const auto ready = modem.prepare(Use::line);
  REQUIRE_FALSE(ready);
  CHECK(ready.error().line().find("1234") == std::string::npos);
}

TEST_CASE("CONNECT's line is read to its end and no octet more", "[modem]") {
  ScriptedDce dce(hayes("\r\nCONNECT 33600/ARQ\r\n220 provider\r\n"));
  const auto script =
      GENERATE(std::string(), std::string("'' ATDT\\T CONNECT \\c"), std::string("'' ATDT\\T 'CONNECT 33600'"));
  auto modem = opened(dce);
  REQUIRE(modem.prepare(Use::line));
  const auto connection = script.empty() ? modem.dial({"555", nullptr, {}}) : dial_with(modem, script);
  REQUIRE(connection);
  CHECK(connection->connect.text == "CONNECT 33600/ARQ");
  CHECK(connection->connect.error_corrected);
  CHECK(read_line(modem) == "220 provider\r\n");
  CHECK(modem.hang_up());
  CHECK_FALSE(dce.on_line());
}

TEST_CASE("a failed dial gives its cause and leaves the line on-hook", "[modem]") {
  ScriptedDce dce(hayes("\r\nBUSY\r\n"));
  const auto script = GENERATE(std::string(), std::string("TIMEOUT 60 '' ATDT\\T CONNECT \\c"),
                               std::string("ABORT BUSY '' ATDT\\T CONNECT \\c"));
  auto modem = opened(dce);
  REQUIRE(modem.prepare(Use::line));
  const auto began = Clock::now();
  const auto connection = script.empty() ? modem.dial({"555", nullptr, {}}) : dial_with(modem, script);
  REQUIRE_FALSE(connection);
  CHECK(connection.error().retry == Retry::soon);
  CHECK(dce.commands().back() == "ATH0");
  CHECK(Clock::now() - began < 10s);
}

TEST_CASE("a dial that is never answered ends by its limit", "[modem]") {
  ScriptedDce dce(hayes(""));
  auto profile = dce.profile();
  profile.connect_timeout = 200ms;
  auto modem = opened(dce, profile);
  REQUIRE(modem.prepare(Use::line));
  const auto connection = modem.dial({"555", nullptr, {}});
  REQUIRE_FALSE(connection);
  CHECK(connection.error().retry == Retry::later);
  CHECK(connection.error().text.find("answered nothing within 200 ms") != std::string::npos);
}

TEST_CASE("a signal ends a dial, and the line is on-hook then", "[modem]") {
  ScriptedDce dce([](const std::string& command) {
    if (command.starts_with("ATD")) ::kill(::getpid(), SIGTERM);
    return hayes_answer(command, "");
  });
  sigset_t before;
  ::sigprocmask(SIG_SETMASK, nullptr, &before);
  auto stop = base::StopSignals::watch();
  REQUIRE(stop);
  {
    auto modem = Modem::open(dce.profile(), "test", &*stop);
    REQUIRE(modem);
    REQUIRE(modem->prepare(Use::line));
    const auto connection = modem->dial({"555", nullptr, {}});
    REQUIRE_FALSE(connection);
    CHECK(connection.error().error == EINTR);
    CHECK(dce.commands().back() == "ATH0");
    CHECK(modem->close());
  }
  CHECK_FALSE(locked(dce));
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
}

TEST_CASE("a modem that ignores DTR is hung up by the escape", "[modem]") {
  ScriptedDce dce(hayes("\r\nCONNECT 9600/ARQ\r\n"));
  dce.ignore_dtr();
  auto profile = dce.profile();
  profile.carrier_off = 100ms;
  auto modem = opened(dce, profile);
  REQUIRE(modem.prepare(Use::line));
  REQUIRE(modem.dial({"555", nullptr, {}}));
  REQUIRE(dce.on_line());
  CHECK(modem.hang_up());
  CHECK_FALSE(dce.on_line());
}

TEST_CASE("a modem that cannot be hung up is a person's matter, in bounded time", "[modem]") {
  ScriptedDce dce([](const std::string& command) {
    return command == "+++" ? std::string() : hayes_answer(command, "\r\nCONNECT 9600/ARQ\r\n");
  });
  dce.ignore_dtr();
  auto profile = dce.profile();
  profile.carrier_off = 100ms;
  auto modem = opened(dce, profile);
  REQUIRE(modem.prepare(Use::line));
  REQUIRE(modem.dial({"555", nullptr, {}}));
  const auto began = Clock::now();
  const auto down = modem.hang_up();
  REQUIRE_FALSE(down);
  CHECK(down.error().retry == Retry::stop);
  CHECK(down.error().advice.find("switch the modem off") != std::string::npos);
  CHECK(Clock::now() - began < 10s);
  dce.hang_up_tty();
}

TEST_CASE("a hung-up line is opened again by its name and asked", "[modem]") {
  ScriptedDce dce(hayes("\r\nCONNECT 9600/ARQ\r\n"));
  auto modem = opened(dce);
  REQUIRE(modem.prepare(Use::line));
  REQUIRE(modem.dial({"555", nullptr, {}}));
  CHECK_FALSE(modem.carrier_lost());
  dce.hang_up_tty();
  CHECK(ScriptedDce::wait([&] { return modem.carrier_lost(); }));
  CHECK(modem.hang_up());
  CHECK(dce.commands().back() == "ATH0");
  CHECK(modem.prepare(Use::line));
}

TEST_CASE("whoever forgets the modem leaves it on-hook and unlocked", "[modem]") {
  ScriptedDce dce(hayes("\r\nCONNECT 9600/ARQ\r\n"));
  {
    auto modem = opened(dce);
    CHECK(locked(dce));
    REQUIRE(modem.prepare(Use::line));
    REQUIRE(modem.dial({"555", nullptr, {}}));
    REQUIRE(dce.on_line());
  }
  CHECK_FALSE(dce.on_line());
  CHECK_FALSE(locked(dce));
}

TEST_CASE("a call is answered after as many rings as the profile says", "[modem]") {
  ScriptedDce dce(hayes("\r\nCONNECT 14400/ARQ\r\n"));
  auto profile = dce.profile();
  profile.rings = 2;
  auto modem = opened(dce, profile);
  REQUIRE(modem.prepare(Use::line));
  dce.send("\r\nRING\r\n\r\nRING\r\n");
  const auto rung = rings(modem, 5s);
  REQUIRE(rung);
  CHECK(*rung);
  const auto connection = modem.answer();
  REQUIRE(connection);
  CHECK(connection->connect.speed == 14400U);
}

TEST_CASE("over a null modem no command is sent, and a CR is a call", "[modem][null]") {
  ScriptedDce dce(hayes(""));
  auto profile = dce.profile();
  profile.kind = conf::ModemKind::null;
  profile.carrier_detect = false;
  auto modem = opened(dce, profile);
  REQUIRE(modem.prepare(Use::line));
  const auto connection = modem.dial({"0", nullptr, {}});
  REQUIRE(connection);
  CHECK_FALSE(connection->connect.error_corrected);
  dce.send("220 provider\r\n");
  CHECK(read_line(modem) == "220 provider\r\n");
  CHECK(modem.hang_up());
  REQUIRE(modem.prepare(Use::line));
  dce.send("\r");
  const auto rung = rings(modem, 5s);
  REQUIRE(rung);
  CHECK(*rung);
  REQUIRE(modem.answer());
  CHECK(modem.close());
  CHECK(dce.commands().empty());
}

TEST_CASE("a script logs in over a null modem, and its end is the connection", "[modem][null]") {
  ScriptedDce dce([](const std::string& line) { return line == "office" ? "welcome\r\n" : "login: "; });
  auto profile = dce.profile();
  profile.kind = conf::ModemKind::null;
  profile.carrier_detect = false;
  auto modem = opened(dce, profile);
  REQUIRE(modem.prepare(Use::line));
  const auto connection = dial_with(modem, "TIMEOUT 5 '' hello ogin: office come \\c");
  REQUIRE(connection);
  CHECK(connection->connect.text == "null modem");
}

TEST_CASE("after a call its report goes to the log, after a failed dial none is asked", "[modem]") {
  const std::string dial_answer = GENERATE("\r\nCONNECT 9600/ARQ\r\n", "\r\nBUSY\r\n");
  ScriptedDce dce([&](const std::string& command) {
    return command == "ATI6" ? std::string("\r\nDisconnect Reason is DTR dropped\r\n\r\nOK\r\n")
                             : hayes_answer(command, dial_answer);
  });
  auto profile = dce.profile();
  profile.report = "ATI6";
  std::vector<std::string> said;
  auto modem = Modem::open(profile, "test", nullptr, {[&](std::string_view text) { said.emplace_back(text); }, ""});
  REQUIRE(modem);
  REQUIRE(modem->prepare(Use::line));
  const bool connected = modem->dial({"555", nullptr, {}}).has_value();
  REQUIRE(modem->hang_up());
  CHECK(said ==
        (connected ? std::vector<std::string>{"ATI6: Disconnect Reason is DTR dropped"} : std::vector<std::string>{}));
}

TEST_CASE("behind NO CARRIER a cellular modem is asked why, and the network's cause decides", "[modem][cellular]") {
  ScriptedDce dce([](const std::string& command) {
    if (command == "AT+CPIN?") return std::string("\r\n+CPIN: READY\r\n\r\nOK\r\n");
    if (command == "AT+CREG?") return std::string("\r\n+CREG: 0,1\r\n\r\nOK\r\n");
    if (command == "AT+CSQ") return std::string("\r\n+CSQ: 17,99\r\n\r\nOK\r\n");
    if (command == "AT+CEER") return std::string("\r\n+CEER: 8,57,0\r\n\r\nOK\r\n");
    return hayes_answer(command, "\r\nNO CARRIER\r\n");
  });
  auto profile = dce.profile();
  profile.kind = conf::ModemKind::cellular;
  auto modem = opened(dce, profile);
  REQUIRE(modem.prepare(Use::line, "555"));
  REQUIRE(modem.network());
  CHECK(modem.network()->text() == "in its home network, signal 17 of 31 (-79 dBm)");
  const auto dialled = modem.dial({"555", nullptr, {}});
  REQUIRE_FALSE(dialled);
  CHECK(dialled.error().retry == Retry::stop);
  CHECK(dialled.error().text.ends_with("; the network says: bearer capability not authorized"));
  CHECK(dialled.error().advice.starts_with("check bearer"));
}

TEST_CASE("while a call is waited for the port is unlocked, and what comes is read by who has the lock", "[modem]") {
  ScriptedDce dce(hayes(""));
  auto modem = opened(dce);
  REQUIRE(modem.prepare(Use::line));
  REQUIRE(modem.share());
  CHECK_FALSE(locked(dce));
  CHECK_FALSE(modem.wait_input(base::Deadline::after(20ms)).value());
  {
    auto other = opened(dce);
    dce.send("\r\nRING\r\n");
    CHECK(modem.wait_input(base::Deadline::after(5s)).value());
    const auto claimed = modem.claim();
    REQUIRE_FALSE(claimed);
    CHECK(claimed.error().error == EBUSY);
    CHECK(rings(other, 5s).value());
  }
  REQUIRE(modem.claim());
  CHECK(locked(dce));
  CHECK(modem.prepare(Use::line));
}

TEST_CASE("a port that is not there stops the link until a person has looked", "[modem]") {
  ScriptedDce dce(hayes(""));
  auto profile = dce.profile();
  profile.port = dce.folder() + "/nothing";
  const auto modem = Modem::open(profile, "test", nullptr);
  REQUIRE_FALSE(modem);
  CHECK(modem.error().retry == Retry::stop);
  CHECK(modem.error().text.find("nothing") != std::string::npos);
  CHECK_FALSE(locked(dce));
}

TEST_CASE("a port that somebody else has is tried again soon", "[modem]") {
  ScriptedDce dce(hayes(""));
  const auto device = resolve_device(dce.folder() + "/modem");
  REQUIRE(device);
  std::ofstream(dce.folder() + "/" + lock_name(*device)) << "         1\n";
  const auto modem = Modem::open(dce.profile(), "test", nullptr);
  REQUIRE_FALSE(modem);
  CHECK(modem.error().retry == Retry::soon);
  CHECK(modem.error().error == EBUSY);
}

}  // namespace
}  // namespace modem
