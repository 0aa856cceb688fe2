#include "pppctl/flush_job.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <memory>

#include "modem/relay.h"
#include "tests/modem/scripted_dce.h"

using namespace pppctl;
using namespace std::chrono_literals;

namespace {

// A call that is up.
struct Call {
  modem::ScriptedDce dce{
      [](const std::string& command) { return modem::hayes_answer(command, "\r\nCONNECT 9600/ARQ\r\n"); }};
  std::unique_ptr<modem::Modem> modem;

  Call() {
    auto opened = modem::Modem::open(dce.profile(), "test", nullptr);
    REQUIRE(opened);
    modem = std::make_unique<modem::Modem>(std::move(*opened));
    REQUIRE(modem->prepare(modem::Use::line));
    REQUIRE(modem->dial({"555", nullptr, {}}));
  }
};

JobResult ran(const std::string& script, Progress& progress, const JobListener& listener) {
  Call call;
  modem::Relay relay(*call.modem, nullptr);
  conf::LinkProfile link;
  link.grace = 500ms;
  const auto result = run_flush(relay, {"/bin/sh", "-c", script}, link, progress, listener);
  INFO((result ? std::string() : result.error().text));
  REQUIRE(result);
  return *result;
}

}  // namespace

TEST_CASE("a program that never stops talking does not keep the line from being looked at", "[pppctl][job]") {
  Progress progress;
  const auto begun = std::chrono::steady_clock::now();
  auto last = begun;
  std::chrono::steady_clock::duration longest{};
  int ticks = 0;
  const auto result = ran("timeout 2 yes >&2", progress,
                          {[&] {
                             const auto now = std::chrono::steady_clock::now();
                             if (++ticks > 1) longest = std::max(longest, now - last);
                             last = now;
                           },
                           [](std::string_view) {}});
  CHECK(result.ending == JobEnding::ended);
  CHECK(result.record.text == "y");
  CHECK(longest < 1s);
}

TEST_CASE("the end of the report and the last words of a job are heard, however late they come", "[pppctl][job]") {
  Progress progress;
  std::string said;
  const auto result =
      ran("echo '{\"event\":\"end\",\"sent\":2,\"left\":1}' >&5; echo 'serialsmtp: fatal: cut' >&2; exit 111", progress,
          {[] {}, [&](std::string_view line) { said = line; }});
  CHECK(result.has_totals);
  CHECK(result.record.accepted == 2);
  CHECK(result.record.left == 1);
  CHECK(result.record.exit == 111);
  CHECK(said == "serialsmtp: fatal: cut");
}
