#include "pppctl/notify.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/directory.h"
#include "base/log.h"
#include "base/stop_signals.h"
#include "conf/named_file.h"
#include "conf/nearest.h"
#include "conf/relay.h"
#include "pppctl/ask_program.h"
#include "pppctl/ppp/pppd_options.h"

namespace pppctl {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds nft_limit{10000};
std::string firewall_name(const std::string& link) { return ppp::link_name(link) + ".firewall"; }

base::Result<void> note_firewall(const conf::Places& places, const std::string& link) {
  if (auto made = base::make_path(places.run, 0755); !made) return made;
  const auto directory = base::Directory::open(places.run);
  if (!directory) return directory.error();
  return base::replace_file(*directory, firewall_name(link), "");
}

base::Result<void> run_nft(const std::string& nft, const std::string& script, base::StopSignals& stop) {
  const auto answer = ask_program({nft, "-f", "-"}, nft_limit, stop, script);
  if (!answer) return answer.error();
  if (answer->status == 0) return {};
  // What nft means stands in its first line; those below it show the place.
  return base::temporary(nft + " refuses the rules" +
                         (answer->first_line.empty() ? "" : ": " + base::escape(answer->first_line)));
}

// Without the rules a link that requires them must not come up: its pppd, which waits for us, is ended.
int refuse(const CallPlan& plan, const ppp::StandingLine& line, const std::string& why) {
  base::log(base::Level::error, plan.link.name + ": no firewall: " + why);
  if (plan.link.ppp.firewall != conf::Firewall::required) return 0;
  if (line.pppd > 1) [[maybe_unused]]
    const int told = ::kill(static_cast<pid_t>(line.pppd), SIGTERM);
  return 1;
}

base::Result<int> before_up(const CallPlan& plan, const ppp::StandingLine& line, const conf::Places& places,
                            base::StopSignals& stop) {
  forget_firewall(places, plan.link.name);
  if (plan.link.ppp.firewall == conf::Firewall::none) return 0;
  const auto services = services_of(plan, places);
  if (!services) return refuse(plan, line, services.error().text);
  const auto rules = ppp::firewall_rules(plan.link.name, line.interface.name, *services);
  if (auto loaded = run_nft(plan.link.ppp.nft, rules, stop); !loaded) return refuse(plan, line, loaded.error().text);
  if (auto noted = note_firewall(places, plan.link.name); !noted) {
    const int status = refuse(plan, line, noted.error().text);
    // Without the note nobody would take them out at the line's end.
    [[maybe_unused]] const auto removed = run_nft(plan.link.ppp.nft, ppp::firewall_removal(plan.link.name), stop);
    return status;
  }
  return 0;
}

base::Result<int> after_down(const CallPlan& plan, const conf::Places& places, base::StopSignals& stop) {
  ppp::forget_standing(places.run, plan.link.name);
  if (!has_firewall(places, plan.link.name)) return 0;
  forget_firewall(places, plan.link.name);
  if (auto removed = run_nft(plan.link.ppp.nft, ppp::firewall_removal(plan.link.name), stop); !removed)
    return removed.error();
  return 0;
}

}  // namespace

void forget_firewall(const conf::Places& places, const std::string& link) {
  base::forget_file(places.run + "/" + firewall_name(link));
}

bool has_firewall(const conf::Places& places, const std::string& link) {
  return ::access((places.run + "/" + firewall_name(link)).c_str(), F_OK) == 0;
}

base::Result<std::set<ppp::Service>> services_of(const CallPlan& plan, const conf::Places& places) {
  std::set<ppp::Service> services;
  for (const auto& job : plan.jobs) {
    if (!job.relay_host.empty()) services.insert({ppp::Transport::tcp, job.relay_port});
    if (job.relay.empty()) continue;
    const auto relay = conf::load_relay(places, job.relay);
    if (!relay) return relay.error();
    for (const auto& host : relay->hosts) {
      services.insert({ppp::Transport::tcp, static_cast<std::uint16_t>(host.port)});
    }
  }
  for (const auto& service : plan.link.ppp.services) {
    services.insert({service.is_udp ? ppp::Transport::udp : ppp::Transport::tcp, service.port});
  }
  return services;
}

base::Result<int> run_notify(const std::string& event, const std::string& link, const conf::Places& places) {
  static const std::vector<std::string> events{"pre-up", "up", "down"};
  if (std::find(events.begin(), events.end(), event) == events.end()) {
    return base::permanent("notify: '" + base::escape(event) + "' is no event" + conf::did_you_mean(event, events));
  }
  // pppd's scripts run for every link of the host.
  if (!conf::named_file(places.links_dir(), link, "link")) return 0;
  auto stop = base::StopSignals::watch();
  if (!stop) return stop.error();
  const auto plan = load_plan(places, link);
  if (!plan) return plan.error();
  const auto line = ppp::line_of_environment([](const char* name) {
    const char* value = ::getenv(name);
    return std::string(value ? value : "");
  });
  if (event == events[2]) return after_down(*plan, places, *stop);
  if (line.interface.name.empty()) return base::permanent("notify: neither IFNAME nor PPP_IFACE names the interface");
  if (event == events[0]) return before_up(*plan, line, places, *stop);
  if (auto noted = ppp::keep_standing(places.run, link, line); !noted) return noted.error();
  return 0;
}

}  // namespace pppctl
