// Modem's ladder carried out: each rung has an end, and a signal stops those that may be stopped.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/child.h"
#include "base/clock.h"
#include "modem/ask.h"
#include "modem/modem.h"
#include "modem/recovery_memory.h"

namespace modem {
namespace {

using std::chrono::milliseconds;

constexpr int later_attempts = 2;
constexpr milliseconds return_poll{100};
constexpr milliseconds most_until_gone{5000};  // from OK to a restart until the port goes

// An adapter that was pulled out has dropped DTR, and nothing is there to be put on-hook.
bool is_unplugged(const Trouble& trouble) {
  const bool is_away = trouble.error == ENOENT || trouble.error == ENXIO || trouble.error == ENODEV;
  return is_away && trouble.retry != Retry::stop;
}

std::optional<std::chrono::seconds> since(const std::optional<std::int64_t>& moment) {
  if (!moment) return std::nullopt;
  return std::chrono::seconds(std::max<std::int64_t>(0, base::read_clock().boot_seconds - *moment));
}

}  // namespace

base::Result<bool> Modem::climb(Goal goal) {
  const auto climbs = read_climbs(upkeep_.run_dir, profile_.name);
  Ladder::Stuck stuck{gone(), {}, {}, climbs ? "" : climbs.error().text};
  if (climbs) {
    stuck.since_restart = since(climbs->restart);
    stuck.since_power = since(climbs->power);
  }
  for (auto actions = ladder_.on(stuck);;) {
    std::optional<Rung> rung;
    for (const auto& action : actions) {
      if (const auto* say = std::get_if<Ladder::Say>(&action)) note(say->text);
      if (const auto* done = std::get_if<Ladder::Done>(&action)) return done->helped;
      if (const auto* next = std::get_if<Ladder::Climb>(&action)) rung = next->rung;
    }
    const auto helped = try_rung(*rung, goal);
    if (!helped && helped.error().error == EINTR) {
      ladder_.on(Ladder::Stopped{});
      return helped.error();
    }
    actions = ladder_.on(Ladder::Climbed{helped && *helped, gone()});
  }
}

base::Result<bool> Modem::try_rung(Rung rung, Goal goal) {
  // A line is put on-hook whatever comes; what lasts is not worth it to who wants us to end.
  auto* stop = goal == Goal::on_hook && !is_dear(rung) ? nullptr : stop_;
  const bool carrier_was_on = carrier() == true;
  if (!port_ && rung != Rung::reopen && rung != Rung::power) return false;
  if (is_dear(rung)) {  // or a signal that came before would use it up
    if (auto free = base::pause(base::Deadline::after({}), stop); !free) return free.error();
  }
  const auto done = perform(rung, goal, stop);
  if (!done || *done != Performed::unknown)
    return done ? base::Result<bool>(*done == Performed::reached) : done.error();
  if (!port_) return false;
  return goal == Goal::answers ? answers_at(later_attempts, stop) : base::Result<bool>(is_on_hook(carrier_was_on));
}

base::Result<Modem::Performed> Modem::perform(Rung rung, Goal goal, base::StopSignals* stop) {
  const auto settled = [&](milliseconds pause) -> base::Result<Performed> {
    if (auto paused = base::pause(base::Deadline::after(pause), stop); !paused) return paused.error();
    return Performed::unknown;
  };
  switch (rung) {
    case Rung::dtr:
      if (auto dropped = drop_dtr(stop); !dropped) return dropped.error();
      return goal == Goal::on_hook ? Performed::unknown : settled(profile_.settle);
    case Rung::escape: {
      const auto escaped = escape(stop);
      if (!escaped) return escaped.error();
      if (goal == Goal::answers) return Performed::unknown;
      return *escaped ? Performed::reached : Performed::missed;
    }
    case Rung::reset:
      if (auto reset = answers(profile_.reset + "\r", profile_.command_timeout, stop); !reset) return reset.error();
      return settled(profile_.reset_pause);
    case Rung::reopen:
      return reopen_port(goal, stop);
    case Rung::restart:
      return restart(stop);
    case Rung::power:
      return cut_power(stop);
  }
  return Performed::missed;
}

// The close drops DTR where nothing else does (HUPCL), and ends a line that was hung up: its name leads to the new one.
base::Result<Modem::Performed> Modem::reopen_port(Goal goal, base::StopSignals* stop) {
  if (!gone()) {
    port_.reset();
    if (auto low = base::pause(base::Deadline::after(profile_.dtr_low), stop); !low) return low.error();
  }
  const auto again = reopen(base::Deadline::after(profile_.carrier_off));
  if (!again) return goal == Goal::on_hook && is_unplugged(again.error()) ? Performed::reached : Performed::missed;
  if (goal == Goal::on_hook) return Performed::unknown;
  if (auto settled = base::pause(base::Deadline::after(profile_.settle), stop); !settled) return settled.error();
  return Performed::unknown;
}

base::Result<Modem::Performed> Modem::restart(base::StopSignals* stop) {
  if (auto noted = note_climb(upkeep_.run_dir, profile_.name, Rung::restart); !noted) return noted.error();
  const auto told = answers(profile_.restart + "\r", profile_.command_timeout, stop);
  if (!told && told.error().error == EINTR) return told.error();
  if (told && !*told && !gone()) return Performed::unknown;  // refused, or said to nobody
  const auto deadline = base::Deadline::after(std::min(most_until_gone, profile_.restart_time / 4));
  while (!gone() && !deadline.passed()) {
    if (auto waited = base::pause(base::Deadline::after(return_poll), stop); !waited) return waited.error();
  }
  return await_return(stop);
}

base::Result<Modem::Performed> Modem::cut_power(base::StopSignals* stop) {
  if (auto noted = note_climb(upkeep_.run_dir, profile_.name, Rung::power); !noted) return noted.error();
  const auto null = base::open_file("/dev/null", O_RDWR);
  if (!null) return null.error();
  base::ChildOptions options;
  options.argv = profile_.power_hook;
  options.own_group = true;
  for (const int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    options.descriptors.emplace_back(null->get(), number);
  auto hook = base::Child::start(options);
  if (!hook) {
    note("the power hook cannot be run: " + hook.error().text);
    return Performed::missed;
  }
  const auto ended =
      base::wait_ready(hook->end_event(), base::Interest::read, base::Deadline::after(profile_.power_timeout), stop);
  if (!ended) return ended.error();
  if (!*ended) {
    note("the power hook did not end within " + time_text(profile_.power_timeout) + " and was stopped");
    return Performed::missed;
  }
  const auto end = hook->wait();
  if (!end) return end.error();
  if (!(*end)->exited || (*end)->status != 0) {
    note(std::string("the power hook ended with ") + ((*end)->exited ? "status " : "signal ") +
         std::to_string((*end)->status));
    return Performed::missed;
  }
  return await_return(stop);
}

base::Result<Modem::Performed> Modem::await_return(base::StopSignals* stop) {
  const auto deadline = base::Deadline::after(profile_.restart_time);
  while (!deadline.passed()) {
    if (gone()) [[maybe_unused]]
      auto tried = reopen(base::Deadline::after({}));
    if (!gone()) {
      const auto answered = answers_at(1, stop);
      if (!answered && answered.error().error == EINTR) return answered.error();
      if (answered && *answered) return Performed::unknown;
    }
    if (auto waited = base::pause(base::Deadline::after(return_poll), stop); !waited) return waited.error();
  }
  return Performed::missed;
}

void Modem::note(const std::string& text) const {
  if (upkeep_.log) upkeep_.log(where() + text);
}

}  // namespace modem
