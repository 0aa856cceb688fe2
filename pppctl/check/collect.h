// Collects the facts that the judgments (judge.h) are made from. Opens no port and changes nothing.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/stop_signals.h"
#include "conf/link.h"
#include "conf/modem.h"
#include "conf/places.h"
#include "pppctl/check/facts.h"
#include "pppctl/ppp/pppd_options.h"

namespace pppctl::check {

Self this_user();

PathFacts look_at_path(const std::string& path, const std::string& named_by = {});
// The configuration's folder and all below it, as many as a bound allows.
std::vector<PathFacts> look_at_configuration(const conf::Places& places);
// The files with secrets that relays, modems and chat scripts name.
std::vector<PathFacts> look_at_secrets(const conf::Places& places);
PortFacts look_at_port(const conf::ModemProfile& modem);
LockFacts look_at_lock(const conf::ModemProfile& modem);
// By `modemctl status`, which takes the port for that long. A signal: error EINTR.
base::Result<ModemFacts> ask_modem(const conf::ModemProfile& modem, base::StopSignals& stop);
SpoolFacts look_at_spool(const std::string& route, const std::string& folder);

// What belongs to the host and not to us. root: in front of every path; empty but in tests.
struct Host {
  std::string root{};
};
SpaceFacts look_at_space(const std::string& path);
ClockFacts look_at_clock(const conf::Places& places);
ScheduleFacts look_at_schedule(const Host& host, const conf::Places& places);
ModemManagerFacts look_at_modem_manager(const Host& host, const std::string& device);
PppFacts look_at_ppp(const Host& host, const ppp::LinkOptions& options);

}  // namespace pppctl::check
