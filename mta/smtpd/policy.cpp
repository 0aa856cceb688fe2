#include "mta/smtpd/policy.h"

#include <algorithm>
#include <iterator>

#include "conf/text.h"

namespace mta {
namespace {

constexpr std::uint64_t default_timeout_seconds = 1200;  // qmail-smtpd's timeoutsmtpd
constexpr std::uint64_t default_checkpoint_bytes = 64UL * 1024 * 1024;
constexpr std::uint64_t max_timeout_seconds = 24UL * 60 * 60;

void append(std::vector<std::string>& to, std::vector<std::string> from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

// Relaying is closed unless it was opened: without rcpthosts our own domains are received, where qmail receives all.
base::Result<std::vector<std::string>> rcpt_hosts(const conf::Control& control, const std::string& me) {
  auto listed = control.list_if_there("rcpthosts");
  if (!listed) return listed.error();
  if (*listed) {
    auto more = control.list("morercpthosts");
    if (!more) return more.error();
    append(**listed, std::move(*more));
    return std::move(**listed);
  }
  auto locals = control.list("locals");
  if (!locals) return locals.error();
  auto lines = control.list("virtualdomains");
  if (!lines) return lines.error();
  std::vector<std::string> ours{me};
  append(ours, std::move(*locals));
  append(ours, virtual_domains(*lines));
  return ours;
}

base::Result<std::uint64_t> data_bytes(const conf::Control& control, const Environment& environment) {
  const auto given = environment("DATABYTES");
  if (!given) return control.number("databytes", 0);
  const auto bytes = conf::decimal(*given);
  if (!bytes) return base::permanent("DATABYTES in the environment is not a number");
  return *bytes;
}

SmtpdPeer read_peer(const Environment& environment) {
  const auto value = [&](const char* name) { return environment(name).value_or(""); };
  // systemd names the client in a way of its own (systemd.socket(5), Accept=yes).
  if (!environment("TCPREMOTEIP")) return {value("REMOTE_ADDR"), "", "", "", ""};
  return {value("TCPREMOTEIP"), value("TCPREMOTEHOST"), value("TCPREMOTEINFO"), value("TCPLOCALIP"),
          value("TCPLOCALHOST")};
}

// A customer by name, wherever he calls from; else a client that may relay, by its address.
std::string known_client(const SmtpdPeer& peer, const Environment& environment) {
  const auto customer = environment("CUSTOMER").value_or("");
  if (!customer.empty()) return "customer " + customer;
  return environment("RELAYCLIENT") && !peer.remote_ip.empty() ? "address " + peer.remote_ip : std::string();
}

}  // namespace

std::vector<std::string> virtual_domains(const std::vector<std::string>& lines) {
  std::vector<std::string> domains;
  for (const auto& line : lines) {
    const auto colon = line.find(':');
    if (colon == std::string::npos || colon == 0 || colon + 1 == line.size()) continue;
    if (line.find('@') < colon) continue;
    domains.push_back(line.substr(0, colon));
  }
  return domains;
}

base::Result<SmtpdSetup> read_setup(const conf::Control& control, const Environment& environment,
                                    const conf::Places& places) {
  SmtpdSetup setup;
  setup.peer = read_peer(environment);
  auto& policy = setup.policy;
  const auto me = control.me();
  if (!me) return me.error();
  auto greeting = control.setting("smtpgreeting");
  if (!greeting) return greeting.error();
  policy.greeting = std::move(*greeting);
  auto hosts = rcpt_hosts(control, *me);
  if (!hosts) return hosts.error();
  policy.rcpt_hosts = std::move(*hosts);
  policy.relay_client = environment("RELAYCLIENT");
  auto bad = control.list("badmailfrom");
  if (!bad) return bad.error();
  policy.bad_mail_from = std::move(*bad);
  const auto bytes = data_bytes(control, environment);
  if (!bytes) return bytes.error();
  policy.data_bytes = *bytes;
  policy.local_ip = setup.peer.local_ip;
  auto ip_host = control.setting("localiphost");
  if (!ip_host) return ip_host.error();
  policy.local_ip_host = std::move(*ip_host);
  const auto room = control.number("checkpointbytes", default_checkpoint_bytes);
  if (!room) return room.error();
  const auto client = known_client(setup.peer, environment);
  if (!client.empty() && *room > 0)
    setup.keeping = SmtpdKeeping{client, places.partial_dir(), *room, places.clock_file()};
  const auto timeout = control.number("timeoutsmtpd", default_timeout_seconds);
  if (!timeout) return timeout.error();
  setup.timeout = std::chrono::seconds(std::min(*timeout, max_timeout_seconds));
  setup.by = setup.peer.local_host.empty() ? *me : setup.peer.local_host;
  return setup;
}

}  // namespace mta
