#include <algorithm>
#include <cerrno>
#include <chrono>

#include "base/log.h"
#include "conf/places.h"
#include "modem/ctl/commands.h"
#include "modem/relay.h"

namespace modem {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

// A modem that lost its settings in a power cut gets them again at least so often.
constexpr std::chrono::minutes prepare_every{10};
// RFC 5321 §4.5.3.2.7: a server waits five minutes for a command; a line that is silent for longer is left.
constexpr std::chrono::minutes max_silence{10};
constexpr milliseconds grace{5000};
// A program that ends at once is run again slower and slower, and not for ever.
constexpr milliseconds quick{1000};
constexpr int max_quick_ends = 5;
constexpr milliseconds first_pause{250};
constexpr milliseconds look_at_line{50};

base::Failure stopped(const base::StopSignals& stop) {
  return {base::FailureKind::temporary, "stopped by signal " + std::to_string(stop.first()), EINTR};
}

// What one call was, for its line in the log.
struct Call {
  int number = 0;
  int passes = 0;
  Clock::time_point began = Clock::now();
  std::optional<base::ChildEnd> last;  // of the program
  std::string reason;
};

std::string line_of(const Call& call, const RelayCounts& counts) {
  const auto time = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - call.began).count();
  std::string line = "call " + std::to_string(call.number) + ": " + std::to_string(call.passes) +
                     (call.passes == 1 ? " pass, " : " passes, ") + std::to_string(counts.received) + " octets in, " +
                     std::to_string(counts.sent) + " out, " + std::to_string(time) + " s, " + call.reason;
  if (call.last && call.last->status != 0)
    line += std::string(", program ") + (call.last->exited ? "exit " : "signal ") + std::to_string(call.last->status);
  return line;
}

class Answering {
 public:
  Answering(const CtlOptions& options, Modem& modem, base::StopSignals& stop)
      : options_(options), modem_(modem), stop_(stop) {}

  // Until a signal or the last call that was asked for.
  base::Result<void> take_calls() {
    while (!options_.calls || calls_ < *options_.calls) {
      if (auto ready = modem_.prepare(Use::line); !ready) return failure_of(ready.error());
      if (!std::exchange(said_, true)) base::log(base::Level::info, "waiting for calls on " + modem_.port().device());
      const auto rung = modem_.wait_ring(base::Deadline::after(prepare_every));
      if (rung && *rung) {
        if (auto taken = take_call(); !taken) return taken;
      } else if (!rung) {
        if (rung.error().error == EINTR) return failure_of(rung.error());
        // A line that was hung up while nobody was on it: its name leads to the new one.
        base::log(base::Level::warning, rung.error().line());
        if (auto again = modem_.hang_up(); !again) return failure_of(again.error());
      }
    }
    return {};
  }

 private:
  base::Result<void> take_call() {
    const auto connection = modem_.answer();
    if (!connection) {
      // A caller who gave up; but a modem that cannot be put on-hook is a person's matter.
      if (connection.error().error == EINTR || connection.error().retry == Retry::stop)
        return failure_of(connection.error());
      base::log(base::Level::info, "no call: " + connection.error().line());
      return {};
    }
    Call call;
    call.number = ++calls_;
    base::log(base::Level::info, "call " + std::to_string(calls_) + ": " + connection->connect.text);
    Relay relay(modem_, &stop_);
    const auto passed = take_passes(call, relay);
    if (!passed && call.reason.empty()) call.reason = passed.error().text;
    auto down = modem_.hang_up();
    base::log(base::Level::info, line_of(call, relay.total()));
    if (!down) return failure_of(down.error());
    return passed;
  }

  // The program again and again, while there is a carrier.
  base::Result<void> take_passes(Call& call, Relay& relay) {
    RelayOrder order;
    order.argv = options_.words;
    order.silence = max_silence;
    order.grace = grace;
    auto pause = first_pause;
    for (int quick_ends = 0;;) {
      const auto began = Clock::now();
      auto outcome = relay.run(order);
      if (!outcome) {
        call.reason = outcome.error().text;
        return outcome.error();
      }
      ++call.passes;
      call.last = outcome->program;
      call.reason = outcome->text;
      if (outcome->end == RelayEnd::stopped) return stopped(stop_);
      if (outcome->end != RelayEnd::program_ended) return {};
      // A pass that moved something was one, however fast.
      const bool was_quick = Clock::now() - began < quick && outcome->counts.received == 0;
      quick_ends = was_quick ? quick_ends + 1 : 0;
      pause = was_quick ? std::min(2 * pause, milliseconds(std::chrono::minutes(1))) : first_pause;
      if (quick_ends >= max_quick_ends) {
        call.reason = "the program ended at once " + std::to_string(quick_ends) + " times in a row";
        return {};
      }
      const auto there = wait_on_line(was_quick ? pause : milliseconds(0));
      if (!there) return there.error();
      if (!*there) {
        call.reason = "carrier lost";
        return {};
      }
    }
  }

  // False: the call has ended meanwhile.
  base::Result<bool> wait_on_line(milliseconds time) {
    const auto until = base::Deadline::after(time);
    while (!modem_.carrier_lost()) {
      if (until.passed()) return true;
      if (auto waited = base::pause(base::earlier(until, base::Deadline::after(look_at_line)), &stop_); !waited)
        return waited.error();
    }
    return false;
  }

  const CtlOptions& options_;
  Modem& modem_;
  base::StopSignals& stop_;
  int calls_ = 0;
  bool said_ = false;
};

}  // namespace

base::Result<void> answer_command(const CtlOptions& options) {
  const auto profile = conf::load_modem(conf::Places::from_environment(), options.target);
  if (!profile) return profile.error();
  auto stop = base::StopSignals::watch();
  if (!stop) return stop.error();
  auto modem = Modem::open(*profile, "modemctl", &*stop, upkeep());
  if (!modem) return failure_of(modem.error());
  auto done = Answering(options, *modem, *stop).take_calls();
  if (auto closed = modem->close(); !closed && done) done = failure_of(closed.error());
  // An order to stop is obeyed, no failure.
  if (!done && stop->count() > 0 && done.error().error == EINTR) return {};
  return done;
}

}  // namespace modem
