#include <algorithm>
#include <array>
#include <cerrno>

#include "modem/ask.h"
#include "modem/cellular.h"
#include "modem/ctl/commands.h"
#include "modem/ctl/output.h"
#include "modem/ctl/session.h"
#include "modem/identity.h"
#include "modem/mobile_answer.h"

namespace modem {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds attempt_limit{1000};
constexpr int attempts = 2;
constexpr milliseconds network_limit{15000};  // a satellite's +CSQ takes up to 10 s

// Circuits, packets, LTE: registered for one of them is registered.
constexpr auto registrations = std::to_array<std::string_view>({"+CREG", "+CGREG", "+CEREG"});

// How the last call ended: as the profile says, or by what makers have; the first that says something counts.
std::vector<std::string> last_call_questions(const conf::ModemProfile& profile) {
  if (!profile.report.empty()) return {profile.report};
  return {"AT#UD", "AT+CEER", "AT&V1"};
}

struct Status {
  std::string device;
  std::optional<LockHolder> holder{};
  std::optional<ModemLines> lines{};
  std::optional<bool> answers{};  // empty: it was not asked
  std::string why_not{};          // asked
  // Of a cellular or satellite modem.
  std::optional<std::string> sim{};
  std::optional<Registration> registration{};
  std::optional<int> signal{};
  std::string network{};
  bool satellite = false;
  std::vector<std::string> last_call{};
};

class Looking {
 public:
  Looking(Status& status, Modem& modem, base::StopSignals& stop) : status_(status), modem_(modem), stop_(stop) {}

  base::Result<void> look() {
    const auto lines = modem_.port().lines();
    if (!lines) return lines.error();
    status_.lines = *lines;
    if (status_.lines && status_.lines->dcd && modem_.profile().carrier_detect) {
      status_.why_not = "DCD is on: a call may be up, and nothing is said into it";
      return {};
    }
    if (modem_.profile().kind == conf::ModemKind::null) {
      status_.why_not = "a null modem takes no commands";
      return {};
    }
    if (auto asked = ask_whether(); !asked) return asked;
    return *status_.answers ? ask_all() : base::Result<void>();
  }

 private:
  base::Result<void> ask_whether() {
    status_.answers = false;
    for (int i = 0; i < attempts && !*status_.answers; ++i) {
      const auto limit = std::min(attempt_limit, modem_.profile().command_timeout);
      const auto answer = ask(modem_.port(), {"AT\r", Final::ok, limit}, &stop_);
      if (!answer) return answer.error();
      status_.answers = answer->answered && answer->code.kind == ResultKind::ok;
    }
    return {};
  }

  base::Result<void> ask_all() {
    if (auto words = question("ATV1", modem_.profile().command_timeout); !words) return words.error();
    if (auto network = ask_network(); !network) return network;
    for (const auto& command : last_call_questions(modem_.profile())) {
      auto lines = question(command, modem_.profile().command_timeout);
      if (!lines) return lines.error();
      status_.last_call = information(command, *lines);
      if (!status_.last_call.empty()) break;
    }
    return {};
  }

  // It only reads: a PIN is entered by a call alone.
  base::Result<void> ask_network() {
    const auto sim = question("AT+CPIN?", network_limit);
    if (!sim) return sim.error();
    status_.sim = sim_state(sim->lines);
    status_.satellite = modem_.profile().kind == conf::ModemKind::iridium;
    // A telephone modem knows nothing of all this.
    if (!status_.sim && modem_.profile().kind == conf::ModemKind::hayes) return {};
    for (const auto name : registrations) {
      const auto told = question("AT" + std::string(name) + "?", network_limit);
      if (!told) return told.error();
      const auto found = registration_of(told->lines, name);
      if (found && (!status_.registration || is_registered(*found))) status_.registration = found;
      if (found && is_registered(*found)) break;
    }
    const auto signal = question("AT+CSQ", network_limit);
    if (!signal) return signal.error();
    status_.signal = signal_of(signal->lines);
    const auto network = question("AT+COPS?", network_limit);
    if (!network) return network.error();
    status_.network = network_name(network->lines);
    return {};
  }

  base::Result<AtAnswer> question(const std::string& command, milliseconds limit) {
    const auto answer = ask(modem_.port(), {command + "\r", Final::ok, limit}, &stop_);
    if (!answer) return answer.error();
    const auto pause = base::Deadline::after(modem_.profile().command_pause);
    if (auto paused = base::pause(pause, &stop_); !paused) return paused.error();
    return *answer;
  }

  Status& status_;
  Modem& modem_;
  base::StopSignals& stop_;
};

void print_table(const Status& status) {
  Rows rows{{"device", status.device}};
  rows.emplace_back("lock", status.holder ? holder_text(*status.holder) : "free");
  if (status.lines) {
    rows.emplace_back("lines", lines_text(*status.lines));
  } else if (!status.holder || !status.holder->alive) {
    rows.emplace_back("lines", "not known");
  }
  if (status.answers) rows.emplace_back("answers AT", *status.answers ? "yes" : "no");
  if (!status.why_not.empty()) rows.emplace_back("not asked", status.why_not);
  if (status.sim) rows.emplace_back("SIM", *status.sim);
  if (status.registration) {
    const NetworkState network{*status.registration, status.network, status.signal, status.satellite};
    rows.emplace_back("network", network.text());
  }
  for (std::size_t i = 0; i < status.last_call.size(); ++i)
    rows.emplace_back(i == 0 ? "last call" : "", status.last_call[i]);
  print_rows(rows);
}

void print_object(const Status& status) {
  const auto or_null = [](bool is, nlohmann::json value) { return is ? std::move(value) : nlohmann::json(); };
  nlohmann::json all{{"device", status.device},
                     {"holder", or_null(status.holder.has_value(), holder_json(status.holder.value_or(LockHolder())))},
                     {"lines", or_null(status.lines.has_value(), lines_json(status.lines.value_or(ModemLines())))},
                     {"answers", or_null(status.answers.has_value(), status.answers.value_or(false))},
                     {"last_call", or_null(!status.last_call.empty(), status.last_call)}};
  all["sim"] = or_null(status.sim.has_value(), status.sim.value_or(""));
  all["registration"] = status.registration ? nlohmann::json(text_of(*status.registration)) : nlohmann::json();
  all["signal"] = or_null(status.signal.has_value(), status.signal.value_or(0));
  all["operator"] = or_null(!status.network.empty(), status.network);
  print_json(all);
}

}  // namespace

base::Result<void> status_command(const CtlOptions& options) {
  const auto profile = conf::load_modem(conf::Places::from_environment(), options.target);
  if (!profile) return profile.error();
  const auto device = resolve_device(profile->port);
  Status status{.device = device ? *device : profile->port};
  const auto holder = lock_holder(profile->lock_dir, profile->port);
  if (!holder) return holder.error();
  status.holder = *holder;
  base::Result<void> done;
  if (!status.holder || !status.holder->alive) {
    done = with_modem(*profile, [&](Modem& modem, base::StopSignals& stop) -> base::Result<void> {
      auto looked = Looking(status, modem, stop).look();
      if (looked && status.answers == false)
        return base::permanent("modem " + profile->name + " on " + status.device + ": it does not answer AT");
      return looked;
    });
    // What could not be opened has no state.
    if (!done && !status.answers) return done;
  }
  if (options.json) {
    print_object(status);
  } else {
    print_table(status);
  }
  return done;
}

}  // namespace modem
