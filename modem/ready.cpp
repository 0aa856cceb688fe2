// Modem's way to ready: it answers, is on-hook, and has its settings.
#include <algorithm>
#include <cerrno>

#include "base/log.h"
#include "modem/ask.h"
#include "modem/at_secret.h"
#include "modem/modem.h"

namespace modem {
namespace {

constexpr int first_attempts = 3;  // the first AT may be spoilt by what the modem still had in its line buffer

// No rung has helped, so that a person has to; but a port that is unplugged may be plugged in again.
Trouble given_up(Trouble trouble, const Ladder& ladder) {
  if (trouble.error == ETIMEDOUT) trouble.retry = Retry::stop;
  if (const auto tried = ladder.tried_text(); !tried.empty()) trouble.text += ": " + tried;
  return trouble;
}

}  // namespace

Outcome<void> Modem::prepare(Use use, std::string_view number) {
  use_ = use;
  in_command_state_ = false;
  heard_octets_ = 0;
  heard_noise_ = false;
  ladder_ = Ladder(profile_);
  if (!port_) {
    if (auto again = reopen(base::Deadline::after({})); !again) return again;
  }
  if (auto settled = base::pause(base::Deadline::after(profile_.settle), stop_); !settled)
    return fail(trouble(settled.error()));
  if (is_null()) return {};
  auto ready = wake();
  if (ready) ready = initialise();
  while (!ready && is_recoverable(ready.error())) {
    ready = recover(std::move(ready.error()));
    if (ready) ready = initialise();
  }
  if (!ready || !has_network()) return ready;
  return enter_network(number);
}

bool Modem::is_recoverable(const Trouble& trouble) const {
  const bool is_silent = trouble.error == ETIMEDOUT || gone();
  return is_silent && trouble.error != EINTR && !ladder_.is_exhausted();
}

Outcome<void> Modem::recover(Trouble why) {
  if (upkeep_.log) upkeep_.log(why.text);
  const auto back = climb(Goal::answers);
  if (!back) return fail(trouble(back.error()));
  if (!*back) return fail(given_up(std::move(why), ladder_));
  return {};
}

base::Result<bool> Modem::answers_at(int times, base::StopSignals* stop) {
  for (int i = 0; i < times; ++i) {
    const auto answer = ask(*port_, {"AT\r", Final::ok, std::min(answer_limit, profile_.command_timeout)}, stop);
    if (!answer) return answer.error();
    if (answer->answered && answer->code.kind == ResultKind::ok) return true;
    heard_octets_ += answer->octets;
    heard_noise_ = heard_noise_ || answer->noise || answer->answered;
  }
  return false;
}

Outcome<void> Modem::wake() {
  if (is_null()) return fail({Retry::stop, where() + "a null modem takes no commands", "", 0});
  const auto awake = answers_at(first_attempts, stop_);
  if (awake && *awake) return {};
  auto why = awake ? silence() : trouble(awake.error());
  return is_recoverable(why) ? recover(std::move(why)) : fail(std::move(why));
}

Trouble Modem::silence() {
  if (heard_octets_ == 0) return {Retry::stop, where() + "it answers nothing to AT", advice_on_silence(), ETIMEDOUT};
  if (!heard_noise_) {
    return {Retry::stop, where() + "only the echo of AT comes back",
            "a loop-back plug, or a modem with its results off: ATQ0", ETIMEDOUT};
  }
  const auto remarks = port_->remarks();
  return {Retry::stop, where() + "it answers garbage to AT" + (remarks.empty() ? remarks : " (" + remarks + ")"),
          "wrong speed or parity: set speed in " + profile_.file, ETIMEDOUT};
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
                   "switch it off and on", ETIMEDOUT});
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
