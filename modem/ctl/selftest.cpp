#include <array>
#include <cerrno>
#include <iostream>

#include "base/bug.h"
#include "base/log.h"
#include "modem/ask.h"
#include "modem/ctl/commands.h"
#include "modem/ctl/output.h"
#include "modem/ctl/session.h"
#include "modem/loop_test.h"

namespace modem {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

// More than all buffers on the way hold, so that somebody has to stop somebody.
constexpr std::size_t filling_octets = 16U * 1024;
constexpr milliseconds quiet{1000};            // nothing more comes
constexpr milliseconds exchange_limit{30000};  // for the filling at 9600 bit/s
constexpr milliseconds write_limit{500};       // a queue that takes nothing for so long is full

constexpr int attempts = 2;  // the first AT may be spoilt by the end of the loop

enum class Result { ok, failed, not_possible };

const char* word(Result result) {
  switch (result) {
    case Result::ok:
      return "ok";
    case Result::failed:
      return "failed";
    case Result::not_possible:
      return "not possible";
  }
  base::bug("Result: bad value");
}

// What came back of what was sent.
struct Exchange {
  std::string returned;
  bool filled = false;  // the output queue took nothing for a while
};

class Selftest {
 public:
  Selftest(const CtlOptions& options, Modem& modem, base::StopSignals& stop)
      : options_(options), modem_(modem), stop_(stop) {}

  base::Result<void> run() {
    auto done = run_steps();
    if (auto ended = end_loop(); !ended && done) done = ended;
    if (options_.json) print_json(all_);
    if (done && failures_ > 0)
      done = base::permanent(std::to_string(failures_) + (failures_ == 1 ? " step" : " steps") + " failed");
    return done;
  }

 private:
  base::Result<void> run_steps() {
    if (auto lines = check_lines(); !lines) return lines;
    if (auto ready = modem_.prepare(Use::command); !ready) {
      const bool is_modem = ready.error().error == 0 || ready.error().error == ETIMEDOUT;  // and not port or signal
      if (!is_modem) return failure_of(ready.error());
      say("answer", Result::failed, ready.error().line());
      return {};
    }
    if (auto answered = check_answer(); !answered) return answered;
    return check_loop();
  }

  void say(const std::string& step, Result result, const std::string& text) {
    if (result == Result::failed) ++failures_;
    if (options_.json) {
      all_.push_back({{"step", step}, {"result", word(result)}, {"text", text}});
      return;
    }
    print_rows({{step + std::string(step.size() < 12 ? 12 - step.size() : 0, ' ') + word(result), text}});
    std::cout << std::flush;
  }

  base::Result<void> check_lines() {
    const auto lines = port().lines();
    if (!lines) return lines.error();
    if (!*lines) {
      say("lines", Result::not_possible, "this port has no modem lines");
      return {};
    }
    const bool needs_cts = modem_.profile().flow == conf::FlowControl::rts_cts;
    if (!(*lines)->dsr && !(*lines)->cts) {
      say("lines", Result::failed, "DSR and CTS are off: switch the modem on, check its cable");
    } else if (needs_cts && !(*lines)->cts) {
      say("lines", Result::failed, "CTS is off: check the cable, or set flow = \"none\"");
    } else {
      say("lines", Result::ok,
          std::string("DSR ") + ((*lines)->dsr ? "on" : "off") + ", CTS " + ((*lines)->cts ? "on" : "off") + ", DCD " +
              ((*lines)->dcd ? "on" : "off"));
    }
    return {};
  }

  base::Result<AtAnswer> command(const std::string& line, Final final = Final::ok) {
    return ask(port(), {line + "\r", final, modem_.profile().command_timeout}, &stop_);
  }

  base::Result<void> check_answer() {
    const auto began = Clock::now();
    const auto answer = command("AT");
    if (!answer) return answer.error();
    const auto took = std::chrono::duration_cast<milliseconds>(Clock::now() - began);
    const bool ok = answer->answered && answer->code.kind == ResultKind::ok;
    say("answer", ok ? Result::ok : Result::failed,
        ok ? "AT is answered after " + std::to_string(took.count()) + " ms" : "AT is answered once, and then not");
    return {};
  }

  [[nodiscard]] std::string loop_command() const { return options_.loop == Loop::local ? "AT&T1" : "AT&T3"; }

  // False: the modem has no such test.
  base::Result<bool> begin_loop() {
    may_loop_ = true;
    for (const bool plain : {false, true}) {
      // Many loop only where no error correction is tried; the profile's init lines put it back for the next call.
      if (plain) {
        if (const auto set = command("AT\\N0"); !set) return set.error();
      }
      const auto answer = command(loop_command(), Final::connect);
      if (!answer) return answer.error();
      if (answer->answered && answer->code.kind == ResultKind::connect) return true;
    }
    return false;
  }

  base::Result<void> check_loop() {
    const auto begun = begin_loop();
    if (!begun) return begun.error();
    if (!*begun) {
      for (const auto* step : {"octets", "flow", "dtr"})
        say(step, Result::not_possible, "the modem has no loop by " + loop_command());
      return {};
    }
    const auto all = exchange(every_octet());
    if (!all) return all.error();
    const auto fault = loop_fault(every_octet(), all->returned);
    say("octets", fault.empty() ? Result::ok : Result::failed,
        fault.empty() ? "all 256 values come back through " + loop_command() : fault);
    if (auto flow = check_flow(); !flow) return flow;
    return check_dtr();
  }

  base::Result<void> check_flow() {
    if (modem_.profile().flow != conf::FlowControl::rts_cts) {
      say("flow", Result::not_possible, "flow is not \"rts/cts\" in " + modem_.profile().file);
      return {};
    }
    const auto text = numbered_text(filling_octets);
    const auto back = exchange(text);
    if (!back) return back.error();
    const auto fault = loop_fault(text, back->returned);
    const std::string how = back->filled ? ", and the output queue was full meanwhile" : "";
    say("flow", fault.empty() ? Result::ok : Result::failed,
        fault.empty() ? std::to_string(text.size()) + " octets come back whole" + how : fault);
    return {};
  }

  // Written until the queue is full, and read only then: each side has to stop the other.
  base::Result<Exchange> exchange(std::string_view sent) {
    Exchange back;
    const auto limit = base::Deadline::after(exchange_limit);
    for (auto rest = sent; !rest.empty() && !limit.passed();) {
      const auto written = port().write_some(rest, base::earlier(limit, base::Deadline::after(write_limit)), &stop_);
      if (!written && written.error().error != ETIMEDOUT) return written.error();
      if (written) rest.remove_prefix(*written);
      back.filled = back.filled || !written;
      if (written) continue;
      const auto some = read_some(back.returned, base::Deadline::after(write_limit));
      if (!some) return some.error();
    }
    while (back.returned.size() < sent.size() && !limit.passed()) {
      const auto some = read_some(back.returned, base::earlier(limit, base::Deadline::after(quiet)));
      if (!some) return some.error();
      if (!*some) break;
    }
    return back;
  }

  // False: nothing came.
  base::Result<bool> read_some(std::string& into, const base::Deadline& deadline) {
    std::array<char, 4096> room;
    const auto count = port().read(room, deadline, &stop_);
    if (!count && count.error().error == ETIMEDOUT) return false;
    if (!count) return count.error();
    if (*count == 0) return base::temporary("port " + port().device() + ": " + port().end_reason());
    into.append(room.data(), *count);
    return true;
  }

  // In the loop the modem is as in a call: only one that heeds DTR takes a command afterwards.
  base::Result<void> check_dtr() {
    if (modem_.profile().hangup == conf::HangUp::escape) {
      say("dtr", Result::not_possible, "hangup is \"escape\" in " + modem_.profile().file);
      return {};
    }
    if (auto low = port().set_dtr(false); !low) return low;
    auto paused = base::pause(base::Deadline::after(modem_.profile().dtr_low), &stop_);
    if (auto high = port().set_dtr(true); !high) return high;
    if (paused) paused = base::pause(base::Deadline::after(modem_.profile().settle), &stop_);
    if (!paused) return paused;
    bool ok = false;
    for (int i = 0; i < attempts && !ok; ++i) {
      const auto answer = command("AT");
      if (!answer) return answer.error();
      ok = answer->answered && answer->code.kind == ResultKind::ok;
    }
    say("dtr", ok ? Result::ok : Result::failed,
        ok ? "DTR ends the loop; that it ends a call only a call shows"
           : "the modem does not heed DTR: AT&D2 in init, a cable with DTR, or hangup = \"escape\"");
    return {};
  }

  // Whatever it was that ended the steps, and not to be stopped.
  base::Result<void> end_loop() {
    if (!may_loop_) return {};
    if (auto down = modem_.hang_up(); !down) return failure_of(down.error());
    const auto limit = modem_.profile().command_timeout;
    if (const auto ended = ask(port(), {"AT&T0\r", Final::ok, limit}, nullptr); !ended) return ended.error();
    return {};
  }

  Port& port() { return modem_.port(); }

  const CtlOptions& options_;
  Modem& modem_;
  base::StopSignals& stop_;
  nlohmann::json all_ = nlohmann::json::array();
  int failures_ = 0;
  bool may_loop_ = false;
};

}  // namespace

base::Result<void> selftest_command(const CtlOptions& options) {
  const auto profile = find_modem(options);
  if (!profile) return profile.error();
  if (auto asks = refuse_null_modem(*profile); !asks) return asks;
  return with_modem(*profile,
                    [&](Modem& modem, base::StopSignals& stop) { return Selftest(options, modem, stop).run(); });
}

}  // namespace modem
