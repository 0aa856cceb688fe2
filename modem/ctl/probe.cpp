#include "modem/probe.h"

#include <array>
#include <cerrno>
#include <iostream>

#include "base/bug.h"
#include "base/log.h"
#include "base/status_line.h"
#include "conf/port_name.h"
#include "modem/ask.h"
#include "modem/ctl/commands.h"
#include "modem/ctl/identify.h"
#include "modem/ctl/profiles.h"
#include "modem/ctl/session.h"
#include "modem/ctl/target.h"
#include "modem/lock.h"
#include "modem/modem.h"

namespace modem {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds dtr_low{500};
constexpr milliseconds settle{500};

// A locked port, opened anew at each speed: closing it puts its modes back and drops DTR.
class Probing {
 public:
  Probing(conf::ModemProfile profile, base::StopSignals& stop) : profile_(std::move(profile)), stop_(stop) {}

  base::Result<void> run(Probe& probe) {
    while (const auto next = probe.next()) {
      show_progress(probe, *next);
      const auto heard = attempt(*next);
      base::clear_status();
      if (!heard) return heard.error();
      probe.on(*heard);
    }
    return use_speed(probe.found().speed);
  }
  Port& port() { return *port_; }

 private:
  void show_progress(const Probe& probe, const Probe::Try& now) const {
    if (!base::has_status_line()) return;
    const auto at = now.speed == 0 ? std::string() : " at " + std::to_string(now.speed) + " bit/s";
    base::show_status("try " + std::to_string(probe.tried() + 1) + " of " + std::to_string(probe.planned()) + at);
  }

  base::Result<void> use_speed(unsigned speed) {
    if (port_ && speed == speed_) return {};
    port_.reset();
    const auto wanted = speed == 0 ? std::nullopt : std::optional(speed);
    auto port = Port::open(profile_.port, {.speed = wanted, .flow = conf::FlowControl::none});
    if (!port) return port.error();
    port_ = std::move(*port);
    speed_ = speed;
    return {};
  }

  base::Result<Heard> attempt(const Probe::Try& now) {
    if (auto opened = use_speed(now.speed); !opened) return opened.error();
    switch (now.kind) {
      case Probe::Kind::wake:
        if (auto woken = pulse_dtr(); !woken) return woken.error();
        return hear("AT\r", answer_limit);
      case Probe::Kind::again:
        return hear("AT\r", answer_limit);
      case Probe::Kind::results_on:
        return hear("ATQ0V1\r", answer_limit);
      case Probe::Kind::escape:
        return escape();
      case Probe::Kind::voice:
        if (auto sent = port_->write("\x10\x03", base::Deadline::after(answer_limit), &stop_);
            !sent && sent.error().error != ETIMEDOUT)
          return sent.error();
        return hear("AT\r", answer_limit);
    }
    base::bug("Probe::Kind: bad value");
  }

  base::Result<void> pulse_dtr() {
    if (auto low = port_->set_dtr(false); !low) return low;
    auto paused = base::pause(base::Deadline::after(dtr_low), &stop_);
    if (auto high = port_->set_dtr(true); !high) return high;
    return paused ? base::pause(base::Deadline::after(settle), &stop_) : paused;
  }

  base::Result<Heard> escape() {
    const auto guard = conf::ModemProfile().guard_time;
    if (auto before = base::pause(base::Deadline::after(guard), &stop_); !before) return before.error();
    if (const auto escaped = ask(*port_, {"+++", Final::ok, guard + answer_limit}, &stop_); !escaped)
      return escaped.error();
    return hear("\rATH0\r", answer_limit);
  }

  base::Result<Heard> hear(const std::string& bytes, milliseconds limit) {
    const auto answer = ask(*port_, {bytes, Final::ok, limit}, &stop_);
    if (!answer) return answer.error();
    return heard_of(*answer);
  }

  conf::ModemProfile profile_;
  base::StopSignals& stop_;
  std::unique_ptr<Port> port_;
  unsigned speed_ = 0;
};

std::string text_of(Heard heard, Port& port) {
  const auto lines = port.lines();
  const bool dsr_off = lines && *lines && !(*lines)->dsr;
  switch (heard) {
    case Heard::answer:
      return "a modem answers";
    case Heard::echo:
      return "only an echo comes back (a loop-back plug, or a modem with its results off: ATQ0)";
    case Heard::garbage:
      return "something talks, and no modem's answer comes at any speed that was tried (another speed or parity, or "
             "another program on the port)";
    case Heard::silence:
      return dsr_off ? "nothing answers, and DSR is off (switch it on, check its cable, and that this is its port)"
                     : "nothing answers (switch it on, check its cable, and that this is its port)";
  }
  base::bug("Heard: bad value");
}

std::vector<unsigned> speeds_of(const conf::ModemProfile& profile) {
  const auto name = conf::parse_port_name(profile.port);
  // The speed of a raw port on the network is its server's.
  if (name && name->kind == conf::PortKind::tcp) return {0};
  if (profile.speed) return {*profile.speed};
  const auto usual = Probe::usual_speeds();
  return {usual.begin(), usual.end()};
}

Proposal propose(Port& port, const CtlOptions& options, unsigned speed, const std::vector<IdentityEntry>& identity) {
  Proposal proposal{.port = options.target, .speed = speed, .inherits = "", .product = "", .cts = std::nullopt};
  const auto names = lasting_names_of(port.device());
  if (!names.empty()) proposal.port = names.front();
  if (const auto lines = port.lines(); lines && *lines) proposal.cts = (*lines)->cts;
  proposal.inherits = best_match(identity_text(identity), base_candidates());
  for (const auto& entry : identity) {
    const bool names_it = entry.question.name == "GMI" || entry.question.name == "GMM" || entry.question.name == "I3";
    if (!names_it || entry.lines.empty()) continue;
    proposal.product += (proposal.product.empty() ? "" : ", ") + entry.lines.front();
  }
  return proposal;
}

struct Finding {
  std::string device;
  unsigned speed = 0;
  Heard verdict = Heard::silence;
  std::vector<IdentityEntry> identity{};
  Proposal proposal{};
};

void print(const Finding& finding, bool json) {
  const bool found = finding.verdict == Heard::answer;
  const auto profile = found ? proposed_profile(finding.proposal) : std::string();
  if (json) {
    const auto or_null = [](bool is, nlohmann::json value) { return is ? std::move(value) : nlohmann::json(); };
    print_json({{"device", finding.device},
                {"found", word(finding.verdict)},
                {"speed", or_null(found && finding.speed > 0, finding.speed)},
                {"identity", or_null(found, identity_json(finding.identity))},
                {"inherits", or_null(!finding.proposal.inherits.empty(), finding.proposal.inherits)},
                {"profile", or_null(found, profile)}});
    return;
  }
  if (!found) return;
  Rows rows{{"device", finding.device}};
  if (finding.speed > 0) rows.emplace_back("speed", std::to_string(finding.speed));
  for (auto& row : identity_rows(finding.identity)) rows.push_back(std::move(row));
  print_rows(rows);
  std::cout << "\nA profile for it, to be put into /etc/offhook/modems/NAME.toml:\n\n" << profile;
}

}  // namespace

base::Result<void> probe_command(const CtlOptions& options) {
  if (!names_port(options.target)) return base::permanent("probe: " + options.target + " is no port: /dev/ttyS1, ...");
  if (options.target.starts_with("fd:"))
    return base::permanent("probe: a descriptor cannot be opened anew at each speed");
  const auto profile = find_modem(options);
  if (!profile) return profile.error();
  auto stop = base::StopSignals::watch();
  if (!stop) return stop.error();
  auto lock = PortLock::take(profile->lock_dir, profile->port, "modemctl");
  if (!lock) return lock.error();
  Finding finding;
  base::Result<void> done;
  {
    Probing probing(*profile, *stop);
    Probe probe(speeds_of(*profile));
    if (auto probed = probing.run(probe); !probed) return probed;
    finding.device = probing.port().device();
    finding.speed = probe.found().speed;
    finding.verdict = probe.verdict();
    if (finding.verdict == Heard::answer) {
      auto identity = identify(probing.port(), *profile, *stop);
      if (!identity) return identity.error();
      finding.identity = std::move(*identity);
      finding.proposal = propose(probing.port(), options, finding.speed, finding.identity);
    } else {
      done = base::permanent("port " + base::escape(finding.device) + ": " + text_of(finding.verdict, probing.port()));
    }
  }
  print(finding, options.json);
  if (auto released = lock->release(); !released) return released;
  return done;
}

}  // namespace modem
