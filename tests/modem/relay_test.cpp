#include "modem/relay.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <chrono>
#include <fstream>
#include <iterator>

#include "base/io.h"
#include "scripted_dce.h"

namespace modem {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// A call that is up.
struct Call {
  ScriptedDce dce{[](const std::string& command) { return hayes_answer(command, "\r\nCONNECT 9600/ARQ\r\n"); }};
  std::unique_ptr<Modem> modem;

  explicit Call(base::StopSignals* stop = nullptr) {
    auto opened = Modem::open(dce.profile(), "test", stop);
    REQUIRE(opened);
    modem = std::make_unique<Modem>(std::move(*opened));
    REQUIRE(modem->prepare(Use::line));
    REQUIRE(modem->dial({"555", nullptr, {}}));
  }
};

RelayOrder shell(const std::string& script) {
  RelayOrder order;
  order.argv = {"/bin/sh", "-c", script};
  order.grace = 300ms;
  return order;
}

RelayOutcome ran(Relay& relay, const RelayOrder& order) {
  auto outcome = relay.run(order);
  INFO((outcome ? outcome->text : outcome.error().text));
  REQUIRE(outcome);
  REQUIRE(outcome->program);
  return std::move(*outcome);
}

TEST_CASE("octets go both ways unchanged and are counted", "[modem][relay]") {
  Call call;
  Relay relay(*call.modem, nullptr);
  call.dce.send("hello\r\n");
  const auto outcome = ran(relay, shell("read line; printf 'got %s' \"$line\"; exit 7"));
  CHECK(outcome.end == RelayEnd::program_ended);
  CHECK((outcome.program->exited && outcome.program->status == 7));
  CHECK(outcome.counts.received == 7);
  CHECK(outcome.counts.sent == 10);
  CHECK(ScriptedDce::wait([&] { return call.dce.data() == "got hello\r"; }));
}

TEST_CASE("all octet values and more than any buffer pass, in order", "[modem][relay]") {
  Call call;
  Relay relay(*call.modem, nullptr);
  std::string all;
  for (int i = 0; i < 50'000; ++i) all += static_cast<char>(i * 7 % 256);
  std::ofstream(call.dce.folder() + "/octets", std::ios::binary) << all;
  const auto outcome = ran(relay, shell("cat " + call.dce.folder() + "/octets"));
  CHECK(outcome.end == RelayEnd::program_ended);
  CHECK(outcome.counts.sent == all.size());
  CHECK(ScriptedDce::wait([&] { return call.dce.data() == all; }));
  const auto few = all.substr(0, 1024);
  call.dce.send(few);
  const auto got = call.dce.folder() + "/got";
  CHECK(ran(relay, shell("head -c 1024 > " + got)).counts.received == few.size());
  std::ifstream file(got, std::ios::binary);
  CHECK(std::string(std::istreambuf_iterator<char>(file), {}) == few);
}

TEST_CASE("what a program did not read waits for the next one", "[modem][relay]") {
  Call call;
  Relay relay(*call.modem, nullptr);
  call.dce.send("one\ntwo\nthree\n");
  auto order = shell("IFS= read -r line; echo \"$line\"");
  for (const auto* line : {"one", "two", "three"}) {
    INFO(line);
    CHECK(ran(relay, order).end == RelayEnd::program_ended);
  }
  CHECK(ScriptedDce::wait([&] { return call.dce.data() == "one\ntwo\nthree\n"; }));
  CHECK(relay.total().received == 14);
  CHECK(relay.total().sent == 14);
}

TEST_CASE("a report that never ends does not keep a call whose program has ended", "[modem][relay]") {
  Call call;
  Relay relay(*call.modem, nullptr);
  const base::Fd endless(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
  int looks = 0;
  auto order = shell("exit 4");
  order.watch = &endless;
  order.on_watch = [&] { return ++looks < 10'000'000; };
  CHECK(ran(relay, order).program->status == 4);
  CHECK(looks < 10'000'000);
}

TEST_CASE("the line is found on the descriptors that were asked for", "[modem][relay]") {
  Call call;
  Relay relay(*call.modem, nullptr);
  auto order = shell("echo ready >&7; read line <&6; test \"$line\" = go");
  order.descriptors = {6, 7};
  call.dce.send("go\n");
  CHECK(ran(relay, order).program->status == 0);
  CHECK(ScriptedDce::wait([&] { return call.dce.data() == "ready\n"; }));
}

TEST_CASE("a line that is hung up gives the program what came, then the end of its input", "[modem][relay]") {
  Call call;
  Relay relay(*call.modem, nullptr);
  auto order = shell("IFS= read -r line; test \"$line\" = last || exit 3; cat; exit 5");
  order.grace = 5s;
  call.dce.send("last\n");
  bool hung_up = false;
  order.tick = [&](const RelayCounts& counts) {
    if (counts.received == 5 && !hung_up) call.dce.hang_up_tty();
    hung_up = hung_up || counts.received == 5;
  };
  const auto outcome = ran(relay, order);
  CHECK(outcome.end == RelayEnd::line_gone);
  CHECK_FALSE(outcome.text.empty());
  CHECK((outcome.program->exited && outcome.program->status == 5));
}

TEST_CASE("a program that stays when the line has gone is ended", "[modem][relay]") {
  Call call;
  Relay relay(*call.modem, nullptr);
  auto order = shell("trap '' TERM; while :; do /bin/true; done");
  order.tick = [&, hung_up = false](const RelayCounts&) mutable {
    if (!std::exchange(hung_up, true)) call.dce.hang_up_tty();
  };
  const auto outcome = ran(relay, order);
  CHECK(outcome.end == RelayEnd::line_gone);
  CHECK((!outcome.program->exited && outcome.program->status == SIGKILL));
}

TEST_CASE("silence for longer than allowed ends the call", "[modem][relay]") {
  Call call;
  Relay relay(*call.modem, nullptr);
  auto order = shell("cat >/dev/null");
  order.silence = 200ms;
  const auto began = Clock::now();
  const auto outcome = ran(relay, order);
  CHECK(outcome.end == RelayEnd::silent);
  CHECK(Clock::now() - began >= 200ms);
}

TEST_CASE("after a signal the program may finish what it has begun", "[modem][relay]") {
  sigset_t before;
  ::sigprocmask(SIG_SETMASK, nullptr, &before);
  {
    auto stop = base::StopSignals::watch();
    REQUIRE(stop);
    Call call(&*stop);
    Relay relay(*call.modem, &*stop);
    auto order = shell("trap 'echo last; exit 4' TERM; echo ready; while :; do /bin/true; done");
    order.grace = 10s;
    order.tick = [&, sent = false](const RelayCounts& counts) mutable {
      if (counts.sent > 0 && !std::exchange(sent, true)) ::raise(SIGTERM);
    };
    const auto outcome = ran(relay, order);
    CHECK(outcome.end == RelayEnd::stopped);
    CHECK(outcome.text == "stopped by SIGTERM");
    CHECK(outcome.program->status == 4);
    CHECK(ScriptedDce::wait([&] { return call.dce.data() == "ready\nlast\n"; }));
  }
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
}

TEST_CASE("a report is read to its end, what came after the program's end too", "[modem][relay]") {
  Call call;
  Relay relay(*call.modem, nullptr);
  auto report = base::make_pipe();
  REQUIRE(report);
  auto order = shell("echo one >&5; echo two >&5");
  order.more = {{report->write.get(), 5}};
  std::string text;
  order.watch = &report->read;
  order.on_watch = [&] {
    report->write.reset();  // the program has its own by now
    std::array<char, 64> block;
    const auto n = base::read_some(report->read, block);
    if (n) text.append(block.data(), *n);
    return n && *n > 0;
  };
  CHECK(ran(relay, order).end == RelayEnd::program_ended);
  CHECK(text == "one\ntwo\n");
}

TEST_CASE("a program that cannot be run is a failure, and nothing that came is lost by it", "[modem][relay]") {
  Call call;
  Relay relay(*call.modem, nullptr);
  RelayOrder order;
  order.argv = {"/nonexistent/program"};
  CHECK_FALSE(relay.run(order));
  call.dce.send("x\n");
  CHECK(ran(relay, shell("read line; test \"$line\" = x")).program->status == 0);
}

}  // namespace
}  // namespace modem
