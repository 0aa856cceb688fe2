// Modem's way on-hook. Every step has an end, and a signal stops only what lasts.
#include <cerrno>
#include <chrono>

#include "modem/ask.h"
#include "modem/modem.h"

namespace modem {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds carrier_poll{20};

}  // namespace

Outcome<void> Modem::hang_up() {
  const bool down = is_null() ? hang_up_null_modem() : hang_up_plainly() || climb(Goal::on_hook) == true;
  if (down) {
    off_hook_ = false;
    if (std::exchange(was_connected_, false)) log_report();
    return {};
  }
  const auto tried = ladder_.tried_text();
  if (!port_) {
    return fail({Retry::stop, where() + "the port has gone, and whether the line is on-hook cannot be known",
                 "look at the modem: plug it in again, or switch it off and on", ENODEV, true});
  }
  return fail({Retry::stop, where() + "it does not hang up" + (tried.empty() ? "" : ": " + tried),
               "switch the modem off and on: the call may still be up", 0, true});
}

// As the profile says; a line that was hung up by its driver is opened again and asked.
bool Modem::hang_up_plainly() {
  const bool told = std::exchange(in_command_state_, false);
  const Rung rung = gone() ? Rung::reopen : profile_.hangup == conf::HangUp::dtr ? Rung::dtr : Rung::escape;
  if (ladder_.is_exhausted() && rung != Rung::reopen) return false;
  // A line that follows the carrier could not be talked on once DCD has fallen.
  if (rung != Rung::reopen) [[maybe_unused]]
    auto ignored = port_->follow_carrier(false);
  if (told && rung != Rung::reopen) {
    const auto idle = answers(profile_.hangup_command + "\r", answer_limit, nullptr);
    if (idle && *idle) return true;
  }
  ladder_.note_tried(rung);
  const auto down = try_rung(rung, Goal::on_hook);
  if (down && *down) return true;
  note("it does not hang up by " + ladder_.name(rung));
  return false;
}

// The other end sees our DTR as its DCD; there is nothing else to be hung up.
bool Modem::hang_up_null_modem() {
  if (gone()) {
    const auto again = reopen_port(Goal::on_hook, nullptr);
    return again && *again != Performed::missed;
  }
  [[maybe_unused]] auto ignored = port_->follow_carrier(false);
  return drop_dtr(nullptr).has_value();
}

// How the call ended, in the modem's own words. Nothing depends on it.
void Modem::log_report() {
  if (profile_.report.empty() || !upkeep_.log || gone()) return;
  if (auto settled = base::pause(base::Deadline::after(profile_.settle), stop_); !settled) return;
  const auto answer = ask(*port_, {profile_.report + "\r", Final::ok, profile_.command_timeout}, stop_);
  if (!answer) return;
  for (const auto& line : answer->lines) {
    upkeep_.log(profile_.report + ": " + line);
    report_ += (report_.empty() ? "" : "\n") + line;
  }
}

// A carrier that was there and has fallen is proof. One that was off may be a dialling modem's, and where there is no
// DCD only the modem itself can say that it is in command state, by OK.
bool Modem::is_on_hook(bool carrier_was_on) {
  const auto deadline = base::Deadline::after(profile_.carrier_off);
  for (;;) {
    if (carrier_was_on) {
      if (carrier() != true) return true;
    } else {
      const auto idle = answers(profile_.hangup_command + "\r", std::min(answer_limit, profile_.carrier_off), nullptr);
      if (!idle) return false;
      if (*idle) return true;
    }
    if (deadline.passed()) return false;
    [[maybe_unused]] auto waited = base::pause(base::Deadline::after(carrier_poll), nullptr);
  }
}

}  // namespace modem
