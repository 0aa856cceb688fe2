// Modem's way to ready: it answers, is on-hook, and has its settings.
#include <algorithm>

#include "base/log.h"
#include "modem/ask.h"
#include "modem/at_secret.h"
#include "modem/modem.h"

namespace modem {
namespace {

constexpr int first_attempts = 3;  // the first AT may be spoilt by what the modem still had in its line buffer
constexpr int later_attempts = 2;

}  // namespace

Outcome<void> Modem::prepare(Use use) {
  use_ = use;
  in_command_state_ = false;
  if (!port_) {
    if (auto again = reopen(base::Deadline::after({})); !again) return again;
  }
  if (auto settled = base::pause(base::Deadline::after(profile_.settle), stop_); !settled)
    return fail(trouble(settled.error()));
  if (is_null()) return {};
  if (auto awake = wake(); !awake) return awake;
  return initialise();
}

Outcome<void> Modem::wake() {
  std::uint64_t octets = 0;
  bool noise = false;
  const auto attempt = [&](int times) -> base::Result<bool> {
    for (int i = 0; i < times; ++i) {
      const auto answer = ask(*port_, {"AT\r", Final::ok, std::min(answer_limit, profile_.command_timeout)}, stop_);
      if (!answer) return answer.error();
      if (answer->answered && answer->code.kind == ResultKind::ok) return true;
      octets += answer->octets;
      noise = noise || answer->noise || answer->answered;
    }
    return false;
  };
  auto awake = attempt(first_attempts);
  if (awake && !*awake) {
    const auto dropped = drop_dtr(stop_);
    auto settled = base::pause(base::Deadline::after(profile_.settle), stop_);
    if (!settled) return fail(trouble(settled.error()));
    awake = dropped ? attempt(later_attempts) : base::Result<bool>(dropped.error());
  }
  if (awake && !*awake) {
    const auto escaped = escape(stop_);
    awake = escaped ? attempt(later_attempts) : escaped;
  }
  if (!awake) return fail(trouble(awake.error()));
  if (*awake) return {};
  if (octets == 0) return fail({Retry::stop, where() + "it answers nothing to AT", advice_on_silence(), 0});
  if (!noise)
    return fail({Retry::stop, where() + "only the echo of AT comes back",
                 "a loop-back plug, or a modem with its results off: ATQ0", 0});
  const auto remarks = port_->remarks();
  return fail({Retry::stop, where() + "it answers garbage to AT" + (remarks.empty() ? remarks : " (" + remarks + ")"),
               "wrong speed or parity: set speed in " + profile_.file, 0});
}

std::string Modem::advice_on_silence() {
  const auto remarks = port_->remarks();
  if (!remarks.empty()) return remarks + ": set the port up anew in " + profile_.file + " or on its server";
  const auto lines = port_->lines();
  const bool told = lines && *lines;
  if (told && !(*lines)->dsr) return "its DSR is off: switch it on, check its cable, and that this is its port";
  if (told && !(*lines)->cts && profile_.flow == conf::FlowControl::rts_cts)
    return "its CTS is off: check the cable, or set flow = \"none\" in " + profile_.file;
  return "switch it on, check its cable, and that this is its port";
}

Outcome<void> Modem::initialise() {
  // A call that somebody left behind; a modem whose DCD is off has none.
  if (carrier() != false) {
    if (auto idle = answers(profile_.hangup_command + "\r", profile_.command_timeout, stop_); !idle)
      return fail(trouble(idle.error()));
    auto paused = base::pause(base::Deadline::after(profile_.command_pause), stop_);
    if (!paused) return fail(trouble(paused.error()));
  }
  auto lines = profile_.init;
  if (use_ == Use::line && profile_.hangup == conf::HangUp::dtr && !profile_.escape_off.empty())
    lines.push_back(profile_.escape_off);
  for (const auto& line : lines) {
    if (auto done = command(line); !done) return done;
  }
  return {};
}

Outcome<void> Modem::command(const std::string& line) {
  constexpr int attempts = 2;  // a line may have been spoilt; what is wrong twice is wrong
  AtAnswer answer;
  for (int i = 0; i < attempts; ++i) {
    auto asked = ask(*port_, {line + "\r", Final::ok, profile_.command_timeout}, stop_);
    if (!asked) return fail(trouble(asked.error()));
    answer = std::move(*asked);
    if (!answer.answered)
      return fail({Retry::later,
                   where() + "no answer to " + without_secret(line) + " within " + time_text(profile_.command_timeout),
                   "", 0});
    const auto pause = resets(line) ? profile_.reset_pause : profile_.command_pause;
    if (auto paused = base::pause(base::Deadline::after(pause), stop_); !paused) return fail(trouble(paused.error()));
    if (answer.code.kind == ResultKind::ok) return {};
  }
  return fail(
      {Retry::stop,
       profile_.file + ": the modem answers '" + base::escape(answer.code.text) + "' to '" + without_secret(line) + "'",
       "correct that line of the profile", 0});
}

}  // namespace modem
