#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <climits>

#include "base/clock.h"
#include "base/log.h"
#include "conf/login.h"
#include "conf/places.h"
#include "modem/ctl/answered_call.h"
#include "modem/ctl/audit.h"
#include "modem/ctl/commands.h"
#include "modem/incoming_call.h"

namespace modem {
namespace {

using std::chrono::milliseconds;

// A modem that lost its settings in a power cut gets them again at least so often.
constexpr std::chrono::minutes prepare_every{10};
// What has come while nobody has the lock is a call's RING, or nothing that anybody waits for.
constexpr milliseconds first_ring{2000};
constexpr milliseconds look_at_lock{500};

// mgetty's name for it: /etc/nologin.ttyS1. A port that is no device has none.
std::string nologin_file(const CtlOptions& options, const std::string& device) {
  static constexpr std::string_view dev = "/dev/";
  if (!options.nologin.empty() || !device.starts_with(dev)) return options.nologin;
  std::string name = device.substr(dev.size());
  std::replace(name.begin(), name.end(), '/', '-');
  return "/etc/nologin." + name;
}

std::string login_file(const CtlOptions& options) {
  return options.login.empty() ? conf::Places::from_environment().login_file() : options.login;
}

std::string prompt_of(const CtlOptions& options) {
  if (!options.prompt.empty()) return options.prompt;
  std::array<char, HOST_NAME_MAX + 1> name{};
  if (::gethostname(name.data(), name.size() - 1) < 0) return "login: ";
  return std::string(name.data()) + " login: ";
}

class Answering {
 public:
  Answering(const CtlOptions& options, Modem& modem, Audit& audit, base::StopSignals& stop)
      : options_(options), modem_(modem), audit_(audit), stop_(stop) {}

  // Until a signal or the last call that was asked for. The port is ours alone at the beginning of each round.
  base::Result<void> take_calls() {
    while (!options_.calls || calls_ < *options_.calls) {
      if (auto ready = modem_.prepare(Use::line); !ready) return failure_of(ready.error());
      IncomingCall incoming;
      const auto rung = wait_for_call(incoming);
      if (rung && *rung) {
        if (auto taken = take_call(incoming); !taken) return taken;
      } else if (!rung && rung.error().error == EBUSY) {
        if (auto ours = wait_until_free(rung.error()); !ours) return ours;
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
  // False: nobody calls, and the modem is to be set up anew. Error EBUSY: somebody else works with the port.
  Outcome<bool> wait_for_call(IncomingCall& incoming) {
    const bool is_shared = modem_.can_share();
    if (is_shared) {
      if (auto shared = modem_.share(); !shared) return tl::unexpected(std::move(shared.error()));
    }
    if (!std::exchange(said_, true)) base::log(base::Level::info, "waiting for calls on " + modem_.port().device());
    if (is_shared) {
      const auto came = modem_.wait_input(base::Deadline::after(prepare_every));
      if (!came && came.error().error == EINTR) return came;
      if (auto ours = modem_.claim(); !ours) return tl::unexpected(std::move(ours.error()));
      if (!came || !*came) return came;
    }
    return wait_ring(incoming, base::Deadline::after(is_shared ? milliseconds(first_ring) : prepare_every));
  }

  Outcome<bool> wait_ring(IncomingCall& incoming, const base::Deadline& deadline) {
    const auto nologin = nologin_file(options_, modem_.port().device());
    const auto may_answer = [&] { return nologin.empty() || ::access(nologin.c_str(), F_OK) != 0; };
    auto rung = modem_.wait_ring(incoming, deadline, may_answer);
    if (rung && !*rung && incoming.rings() > 0) {
      auto record = record_of(incoming);
      record.reason = may_answer() ? "the caller gave up after " + std::to_string(incoming.rings()) + " rings"
                                   : "not answered: " + nologin + " is there";
      not_taken(record);
    }
    return rung;
  }

  CallRecord record_of(const IncomingCall& incoming) {
    CallRecord record;
    record.profile = options_.target;
    record.port = modem_.port().device();
    record.began_wall = base::read_clock().wall_seconds;
    record.caller = incoming.caller();
    return record;
  }

  void not_taken(const CallRecord& record) {
    base::log(base::Level::info,
              "no call: " + record.reason + (record.caller.empty() ? "" : ", caller " + record.caller));
    audit_.write(record);
  }

  base::Result<void> wait_until_free(const Trouble& who) {
    base::log(base::Level::info, who.text + "; waiting until it is free");
    for (;;) {
      if (auto waited = base::pause(base::Deadline::after(look_at_lock), &stop_); !waited) return waited.error();
      const auto ours = modem_.claim();
      if (ours) return {};
      if (ours.error().error != EBUSY) return failure_of(ours.error());
    }
  }

  base::Result<void> take_call(const IncomingCall& incoming) {
    auto record = record_of(incoming);
    const auto connection = modem_.answer();
    if (!connection) {
      record.reason = connection.error().line();
      not_taken(record);
      // A caller who gave up; but a modem that cannot be put on-hook is a person's matter.
      if (connection.error().error == EINTR || connection.error().retry == Retry::stop)
        return failure_of(connection.error());
      return {};
    }
    record.number = ++calls_;
    record.connect = connection->connect.text;
    record.speed = connection->connect.speed;
    base::log(base::Level::info, "call " + std::to_string(calls_) + ": " + record.connect +
                                     (record.caller.empty() ? "" : ", caller " + record.caller));
    AnsweredCall call(modem_, stop_, record);
    auto ran = options_.words.empty() ? call.log_in(login_file(options_), prompt_) : call.run_again(options_.words);
    if (!ran && record.reason.empty()) record.reason = ran.error().text;
    // A user's line of the table that does not work is no reason to answer nobody.
    if (!ran && options_.words.empty() && ran.error().error != EINTR) {
      base::log(base::Level::error, ran.error().text);
      ran = {};
    }
    auto down = modem_.hang_up();
    base::log(base::Level::info, line_of(record));
    audit_.write(record);
    if (!down) return failure_of(down.error());
    return ran;
  }

  const CtlOptions& options_;
  Modem& modem_;
  Audit& audit_;
  base::StopSignals& stop_;
  std::string prompt_ = prompt_of(options_);
  int calls_ = 0;
  bool said_ = false;
};

// A port that somebody has at the start is waited for, as it is later.
Outcome<Modem> open_when_free(const conf::ModemProfile& profile, base::StopSignals& stop) {
  for (bool said = false;;) {
    auto modem = Modem::open(profile, "modemctl", &stop, upkeep());
    if (modem || modem.error().error != EBUSY) return modem;
    if (!std::exchange(said, true)) base::log(base::Level::info, modem.error().text + "; waiting until it is free");
    const auto waited = base::pause(base::Deadline::after(look_at_lock), &stop);
    if (!waited) return tl::unexpected(Trouble{Retry::soon, waited.error().text, "", waited.error().error});
  }
}

}  // namespace

base::Result<void> answer_command(const CtlOptions& options) {
  const auto profile = conf::load_modem(conf::Places::from_environment(), options.target);
  if (!profile) return profile.error();
  // A fault is told now, not by the first caller.
  if (options.words.empty()) {
    if (const auto table = conf::load_login(login_file(options)); !table) return table.error();
  }
  auto audit = Audit::open(options.audit, options.json);
  if (!audit) return audit.error();
  auto stop = base::StopSignals::watch();
  if (!stop) return stop.error();
  auto modem = open_when_free(*profile, *stop);
  if (!modem) {
    // An order to stop is obeyed, no failure.
    if (modem.error().error == EINTR) return {};
    return failure_of(modem.error());
  }
  auto done = Answering(options, *modem, *audit, *stop).take_calls();
  if (auto closed = modem->close(); !closed && done) done = failure_of(closed.error());
  if (!done && stop->count() > 0 && done.error().error == EINTR) return {};
  return done;
}

}  // namespace modem
