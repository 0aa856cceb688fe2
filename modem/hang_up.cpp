// Modem's way on-hook: nothing here can be stopped by a signal, and every step has an end.
#include <cerrno>
#include <chrono>

#include "modem/ask.h"
#include "modem/modem.h"

namespace modem {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds carrier_poll{20};

// An adapter that was pulled out has dropped DTR, and nothing is there to be put on-hook.
bool is_unplugged(const Trouble& trouble) {
  const bool is_away = trouble.error == ENOENT || trouble.error == ENXIO || trouble.error == ENODEV;
  return is_away && trouble.retry != Retry::stop;
}

}  // namespace

Outcome<void> Modem::hang_up() {
  const bool told = std::exchange(in_command_state_, false);
  bool down = false;
  if (is_null()) {
    down = hang_up_null_modem();
  } else if (gone()) {
    down = hang_up_by_reopening();
  } else {
    // A line that follows the carrier could not be talked on once DCD has fallen.
    [[maybe_unused]] auto ignored = port_->follow_carrier(false);
    const auto idle = told ? answers(profile_.hangup_command + "\r", answer_limit, nullptr) : base::Result<bool>(false);
    down = (idle && *idle) || (profile_.hangup == conf::HangUp::dtr && hang_up_by_dtr()) || hang_up_by_escape() ||
           hang_up_by_reopening();
  }
  if (down) {
    off_hook_ = false;
    if (std::exchange(was_connected_, false)) log_report();
    return {};
  }
  if (!port_) {
    return fail({Retry::stop, where() + "the port has gone, and whether the line is on-hook cannot be known",
                 "look at the modem: plug it in again, or switch it off and on", ENODEV});
  }
  return fail(
      {Retry::stop, where() + "it does not hang up", "switch the modem off and on: the call may still be up", 0});
}

bool Modem::hang_up_by_dtr() {
  const bool carrier_was_on = carrier() == true;
  return drop_dtr(nullptr) && is_on_hook(carrier_was_on);
}

bool Modem::hang_up_by_escape() {
  if (gone()) return false;
  const auto escaped = escape(nullptr);
  return escaped && *escaped;
}

// The close drops DTR where nothing else does (HUPCL), and ends a line that was hung up: its name leads to the new one.
bool Modem::hang_up_by_reopening() {
  const bool carrier_was_on = carrier() == true;
  if (!gone()) {
    port_.reset();
    [[maybe_unused]] auto waited = base::pause(base::Deadline::after(profile_.dtr_low), nullptr);
  }
  const auto again = reopen(base::Deadline::after(profile_.carrier_off));
  return again ? is_on_hook(carrier_was_on) : is_unplugged(again.error());
}

// The other end sees our DTR as its DCD; there is nothing else to be hung up.
bool Modem::hang_up_null_modem() {
  if (gone()) {
    const auto again = reopen(base::Deadline::after(profile_.carrier_off));
    return again || is_unplugged(again.error());
  }
  [[maybe_unused]] auto ignored = port_->follow_carrier(false);
  return drop_dtr(nullptr).has_value();
}

// How the call ended, in the modem's own words. Nothing depends on it.
void Modem::log_report() {
  if (profile_.report.empty() || !log_ || gone()) return;
  if (auto settled = base::pause(base::Deadline::after(profile_.settle), stop_); !settled) return;
  const auto answer = ask(*port_, {profile_.report + "\r", Final::ok, profile_.command_timeout}, stop_);
  if (!answer) return;
  for (const auto& line : answer->lines) log_(profile_.report + ": " + line);
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
