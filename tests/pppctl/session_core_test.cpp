#include "pppctl/session_core.h"

#include <catch2/catch.hpp>
#include <cerrno>

using namespace pppctl;
using modem::Retry;
using modem::Trouble;
using Core = SessionCore;

namespace {

CallOrder order(std::vector<std::string> jobs = {"flush provider"}) {
  return {{"0555100"}, false, "links/provider.toml", std::chrono::seconds(120), std::move(jobs)};
}

std::string name(const Core::Action& action) {
  static const std::vector<std::string> names{"enter", "open",  "prepare", "rest",  "dial",  "bring up",
                                              "run",   "drain", "hang up", "close", "finish"};
  if (const auto* enter = std::get_if<Core::Enter>(&action)) {
    return std::string(word(enter->phase)) + (enter->trouble ? "!" : "");
  }
  return names.at(action.index());
}

std::vector<std::string> names(const Core::Actions& actions) {
  std::vector<std::string> out;
  for (const auto& action : actions) out.push_back(name(action));
  return out;
}

using Names = std::vector<std::string>;

Verdict verdict(const Core::Actions& actions) {
  REQUIRE_FALSE(actions.empty());
  const auto* finish = std::get_if<Core::Finish>(&actions.back());
  REQUIRE(finish != nullptr);
  return finish->verdict;
}

JobResult job(int exit, std::uint64_t received = 100) {
  JobResult result;
  result.record.exit = exit;
  result.record.octets = {1000, received};
  result.record.accepted = exit == 0 ? 3 : 0;
  result.has_totals = true;
  return result;
}

Core::Actions dialled(Core& core, const std::string& connect = "CONNECT 33600/ARQ", bool corrected = true) {
  core.start();
  core.on(Core::Opened{"/var/lock/LCK..ttyS1", "/dev/ttyS1"});
  core.on(Core::Prepared{});
  core.on(Core::Rested{});
  return core.on(Core::Dialled{connect, corrected});
}

Verdict down(Core& core) {
  core.on(Core::OnHook{});
  return verdict(core.on(Core::Closed{}));
}

Core::Failed failed(Retry retry, const std::string& text, int error = 0) {
  return Core::Failed{Trouble{retry, text, "", error}};
}

}  // namespace

TEST_CASE("a call goes through every phase and ends on-hook and unlocked", "[pppctl][session]") {
  Core core(order());
  CHECK(names(core.start()) == Names{"open"});
  CHECK(names(core.on(Core::Opened{"lock", "device"})) == Names{"locked", "port_open", "prepare"});
  CHECK(names(core.on(Core::Prepared{})) == Names{"modem_ready", "rest"});
  CHECK(names(core.on(Core::Rested{})) == Names{"dialling", "dial"});
  CHECK(names(core.on(Core::Dialled{"CONNECT 33600/ARQ", true})) == Names{"connected", "jobs", "run"});
  CHECK(names(core.on(Core::JobEnded{job(0)})) == Names{"draining", "drain"});
  CHECK(names(core.on(Core::Drained{})) == Names{"hanging_up", "hang up"});
  CHECK(names(core.on(Core::OnHook{})) == Names{"close"});
  const auto last = core.on(Core::Closed{});
  CHECK(names(last) == Names{"idle", "finish"});
  CHECK(verdict(last).exit == 0);
  CHECK(verdict(last).result == CallResult::ok);
  CHECK(verdict(last).reason.empty());
}

TEST_CASE("no phase up to the dial is left unwritten", "[pppctl][session]") {
  Core core(order());
  auto actions = core.start();
  for (const Core::Event& event : std::vector<Core::Event>{Core::Opened{}, Core::Prepared{}, Core::Rested{}}) {
    actions = core.on(event);
    for (const auto& action : actions) {
      if (const auto* enter = std::get_if<Core::Enter>(&action)) CHECK(enter->must_be_written);
    }
  }
}

TEST_CASE("what fails before the port is open ends the call at once", "[pppctl][session]") {
  Core core(order());
  core.start();
  const auto last = core.on(failed(Retry::soon, "port /dev/ttyS1 is in use by minicom (pid 812)", EBUSY));
  CHECK(names(last) == Names{"idle!", "finish"});
  CHECK(verdict(last).exit == 111);
  CHECK(verdict(last).reason == "port /dev/ttyS1 is in use by minicom (pid 812)");
}

TEST_CASE("every failure with the port open leads through hang-up and unlock", "[pppctl][session]") {
  const std::vector<Core::Event> way{Core::Opened{}, Core::Prepared{}, Core::Rested{},
                                     Core::Dialled{"CONNECT 33600/ARQ", true}, Core::JobEnded{job(0)}};
  for (std::size_t steps = 1; steps <= way.size(); ++steps) {
    Core core(order());
    core.start();
    for (std::size_t i = 0; i < steps; ++i) core.on(way[i]);
    CHECK(names(core.on(failed(Retry::later, "no answer"))) == Names{"hanging_up!", "hang up"});
    CHECK(names(core.on(Core::OnHook{})) == Names{"close"});
    const auto end = verdict(core.on(Core::Closed{}));
    CHECK(end.exit == 111);
    CHECK(end.reason == "no answer");
    CHECK(end.retry == Retry::later);
  }
}

TEST_CASE("a cause that needs a person ends with 100", "[pppctl][session]") {
  Core core(order());
  core.start();
  core.on(Core::Opened{});
  core.on(Core::Prepared{});
  core.on(Core::Rested{});
  core.on(failed(Retry::stop, "BLACKLISTED"));
  CHECK(down(core).exit == 100);
}

TEST_CASE("a plain CONNECT is refused and the key that allows it is named", "[pppctl][session]") {
  Core core(order());
  CHECK(names(dialled(core, "CONNECT 33600", false)) == Names{"connected", "hanging_up!", "hang up"});
  const auto end = down(core);
  CHECK(end.exit == 100);
  CHECK(end.retry == Retry::stop);
  CHECK(end.line().find("reliable = true in links/provider.toml") != std::string::npos);
}

TEST_CASE("a plain CONNECT is taken on a line that is said to be reliable", "[pppctl][session]") {
  auto reliable = order();
  reliable.reliable = true;
  Core core(reliable);
  CHECK(names(dialled(core, "CONNECT", false)) == Names{"connected", "jobs", "run"});
}

TEST_CASE("all jobs run on one call in their order", "[pppctl][session]") {
  Core core(order({"flush a", "flush b"}));
  dialled(core);
  const auto next = core.on(Core::JobEnded{job(0)});
  REQUIRE(names(next) == Names{"run"});
  CHECK(std::get<Core::RunJob>(next.front()).index == 1);
  CHECK(names(core.on(Core::JobEnded{job(0)})) == Names{"draining", "drain"});
}

TEST_CASE("a stop by signal hangs up, names the signal and ends with 111", "[pppctl][session]") {
  Core core(order());
  dialled(core);
  JobResult stopped = job(111);
  stopped.ending = JobEnding::stopped;
  stopped.text = "stopped by SIGTERM";
  CHECK(names(core.on(Core::JobEnded{stopped})) == Names{"hanging_up!", "hang up"});
  const auto end = down(core);
  CHECK(end.exit == 111);
  CHECK(end.result == CallResult::stopped);
  CHECK(end.reason == "stopped by SIGTERM");
}

TEST_CASE("a lost line is tried again soon and no further job runs on it", "[pppctl][session]") {
  Core core(order({"flush a", "flush b"}));
  dialled(core);
  JobResult lost = job(111);
  lost.ending = JobEnding::line_gone;
  lost.text = "no carrier";
  CHECK(names(core.on(Core::JobEnded{lost})) == Names{"hanging_up!", "hang up"});
  const auto end = down(core);
  CHECK(end.retry == Retry::soon);
  CHECK(end.exit == 111);
}

TEST_CASE("a line that the other side drops behind the last goodbye is no failure", "[pppctl][session]") {
  Core core(order());
  dialled(core);
  JobResult lost = job(0);
  lost.ending = JobEnding::line_gone;
  CHECK(names(core.on(Core::JobEnded{lost})) == Names{"hanging_up", "hang up"});
  CHECK(down(core).exit == 0);
}

TEST_CASE("a provider that answers and says nothing is told from a line that fell silent", "[pppctl][session]") {
  for (const std::uint64_t received : {0U, 50U}) {
    Core core(order());
    dialled(core);
    JobResult silent = job(111, received);
    silent.ending = JobEnding::silent;
    core.on(Core::JobEnded{silent});
    const auto end = down(core);
    CHECK(end.retry == Retry::later);
    CHECK((end.reason.find("answered the call and says nothing") != std::string::npos) == (received == 0));
  }
}

TEST_CASE("mail that the server wants later is left and no failure", "[pppctl][session]") {
  Core core(order());
  dialled(core);
  JobResult deferred = job(111);
  deferred.record.deferred = 2;
  core.on(Core::JobEnded{deferred});
  core.on(Core::Drained{});
  const auto end = down(core);
  CHECK(end.result == CallResult::mail_left);
  CHECK(end.exit == 111);
}

TEST_CASE("a session without a single answer keeps the next spool from being tried", "[pppctl][session]") {
  Core core(order({"flush a", "flush b"}));
  dialled(core);
  JobResult useless = job(111);
  useless.record.left = 4;
  useless.record.text = "serialsmtp: fatal: connected but greeting failed";
  CHECK(names(core.on(Core::JobEnded{useless})) == Names{"draining!", "drain"});
  core.on(Core::Drained{});
  const auto end = down(core);
  CHECK(end.result == CallResult::failed);
  CHECK(end.reason == "flush a: 4 messages are left: serialsmtp: fatal: connected but greeting failed");
}

TEST_CASE("a spool that somebody else flushes does not keep the next one waiting", "[pppctl][session]") {
  Core core(order({"flush a", "flush b"}));
  dialled(core);
  JobResult held = job(111, 0);
  held.record.octets = {0, 0};
  held.record.left = 1;
  CHECK(names(core.on(Core::JobEnded{held})) == Names{"run"});
}

TEST_CASE("a hang-up that fails after the dial is told beside the reason of the call", "[pppctl][session]") {
  Core core(order());
  core.start();
  core.on(Core::Opened{});
  core.on(Core::Prepared{});
  core.on(Core::Rested{});
  core.on(failed(Retry::later, "no answer"));
  CHECK(names(core.on(failed(Retry::stop, "DCD stays on"))) == Names{"close"});
  const auto end = verdict(core.on(Core::Closed{}));
  CHECK(end.reason == "no answer; the line may still be up: DCD stays on");
  CHECK(end.retry == Retry::stop);
}

TEST_CASE("a line that the dial could not hang up is told of once", "[pppctl][session]") {
  Core core(order());
  core.start();
  core.on(Core::Opened{});
  core.on(Core::Prepared{});
  core.on(Core::Rested{});
  const modem::Trouble stays_up{Retry::stop, "no CONNECT; then it does not hang up", "switch it off", 0, true};
  core.on(Core::Failed{stays_up});
  core.on(Core::Failed{stays_up});
  const auto last = core.on(Core::Closed{});
  CHECK(names(last) == Names{"idle", "finish"});
  CHECK(verdict(last).reason == "no CONNECT; then it does not hang up");
}

TEST_CASE("a modem that did not answer is not said to hold the line up", "[pppctl][session]") {
  Core core(order());
  core.start();
  core.on(Core::Opened{});
  core.on(failed(Retry::stop, "the modem answers nothing to AT"));
  core.on(failed(Retry::stop, "it does not hang up"));
  const auto end = verdict(core.on(Core::Closed{}));
  CHECK(end.reason == "the modem answers nothing to AT");
}

TEST_CASE("a hang-up that fails makes a good call a failed one", "[pppctl][session]") {
  Core core(order());
  dialled(core);
  core.on(Core::JobEnded{job(0)});
  core.on(Core::Drained{});
  core.on(failed(Retry::later, "DCD stays on"));
  const auto last = core.on(Core::Closed{});
  CHECK(names(last) == Names{"idle!", "finish"});
  CHECK(verdict(last).result == CallResult::failed);
  CHECK(verdict(last).exit == 111);
}

TEST_CASE("over PPP the jobs wait for the interface", "[pppctl][session]") {
  auto ppp = order();
  ppp.has_ppp = true;
  Core core(ppp);
  // Its frames have a checksum of their own (RFC 1662 §3.1).
  CHECK(names(dialled(core, "CONNECT 33600", false)) == Names{"connected", "bring up"});
  const auto up = core.on(Core::Up{"ppp0: 10.0.0.2 -> 10.0.0.1"});
  CHECK(names(up) == Names{"ppp_up", "jobs", "run"});
  CHECK(std::get<Core::Enter>(up.front()).detail == "ppp0: 10.0.0.2 -> 10.0.0.1");
  CHECK(names(core.on(Core::JobEnded{job(0)})) == Names{"draining", "drain"});
  CHECK(names(core.on(Core::Drained{})) == Names{"hanging_up", "hang up"});
  CHECK(down(core).exit == 0);
}

TEST_CASE("a link that does not come up ends the phase connected, with pppd's class", "[pppctl][session]") {
  auto ppp = order();
  ppp.has_ppp = true;
  Core core(ppp);
  dialled(core);
  CHECK(names(core.on(failed(Retry::stop, "the peer refuses our name or password"))) ==
        Names{"hanging_up!", "hang up"});
  CHECK(down(core).exit == 100);
}

TEST_CASE("what pppd says of a line that is lost decides when it is tried again", "[pppctl][session]") {
  auto ppp = order({"flush a", "flush b"});
  ppp.has_ppp = true;
  Core core(ppp);
  dialled(core);
  core.on(Core::Up{});
  auto lost = job(111);
  lost.ending = JobEnding::line_gone;
  lost.line = Trouble{Retry::later, "pppd was killed by SIGKILL", "look", 0};
  CHECK(names(core.on(Core::JobEnded{lost})) == Names{"hanging_up!", "hang up"});
  const auto end = down(core);
  CHECK(end.retry == Retry::later);
  CHECK(end.line() == "the line was lost in flush a: pppd was killed by SIGKILL (look)");
}

TEST_CASE("an engaged number leads to the next one, by the modem's known state and the line's rest",
          "[pppctl][session]") {
  auto several = order();
  several.phones = {"1", "2"};
  Core core(several);
  core.start();
  core.on(Core::Opened{});
  core.on(Core::Prepared{});
  const auto first = core.on(Core::Rested{});
  CHECK(std::get<Core::Dial>(first.back()).phone == "1");
  auto busy = failed(Retry::soon, "call to 1: the number is engaged: BUSY");
  busy.trouble.wants_other_number = true;
  const auto again = core.on(busy);
  CHECK(names(again) == Names{"port_open!", "prepare"});
  CHECK(std::get<Core::Prepare>(again.back()).phone == "2");
  CHECK(names(core.on(Core::Prepared{})) == Names{"modem_ready", "rest"});
  const auto second = core.on(Core::Rested{});
  CHECK(std::get<Core::Dial>(second.back()).phone == "2");
  // The last one's failure is the call's.
  CHECK(names(core.on(busy)) == Names{"hanging_up!", "hang up"});
}

TEST_CASE("a link without a modem of ours is locked, rested, brought up and taken down", "[pppctl][session]") {
  auto command = order();
  command.has_modem = false;
  Core core(command);
  core.start();
  CHECK(names(core.on(Core::Opened{})) == Names{"locked", "rest"});
  CHECK(names(core.on(Core::Rested{})) == Names{"dialling", "bring up"});
  CHECK(names(core.on(Core::Up{"", "/usr/bin/wg-quick"})) == Names{"connected", "jobs", "run"});
  CHECK(names(core.on(Core::JobEnded{job(0)})) == Names{"draining", "drain"});
  CHECK(names(core.on(Core::Drained{})) == Names{"hanging_up", "hang up"});
  CHECK(down(core).exit == 0);
}

TEST_CASE("a link that is always up goes straight to its jobs", "[pppctl][session]") {
  auto always = order();
  always.has_modem = false;
  always.is_always_up = true;
  Core core(always);
  core.start();
  CHECK(names(core.on(Core::Opened{})) == Names{"jobs", "run"});
}

TEST_CASE("a hook's failure is no trouble, and the next job is run", "[pppctl][session]") {
  Core core(order({"hook", "flush a"}));
  dialled(core);
  auto hook = job(9);
  hook.is_hook = true;
  CHECK(names(core.on(Core::JobEnded{hook})) == Names{"run"});
  CHECK(names(core.on(Core::JobEnded{job(0)})) == Names{"draining", "drain"});
  core.on(Core::Drained{});
  CHECK(down(core).exit == 0);
}
