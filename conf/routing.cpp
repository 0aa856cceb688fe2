#include "conf/routing.h"

#include "base/log.h"
#include "conf/control.h"
#include "conf/text.h"

namespace conf {
namespace {

std::set<std::string, std::less<>> lower_set(const std::vector<std::string>& entries) {
  std::set<std::string, std::less<>> out;
  for (const auto& entry : entries) out.insert(lower(entry));
  return out;
}

// The prepend for an address in lower case: the full address, its domain, each .suffix from the longest, the empty key.
std::string_view find_prepend(const std::string& address, std::size_t at, const RoutingTable& table) {
  const auto& map = table.virtualdomains;
  const std::string_view text = address;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const bool is_key = i == 0 || i == at + 1 || i == text.size() || (i > at && text[i] == '.');
    if (!is_key) continue;
    // The first hit wins, also an empty prepend: that is an exception, and the address is not ours.
    if (const auto found = map.find(text.substr(i)); found != map.end()) return found->second;
  }
  return {};
}

Local local_destination(std::string local, std::string domain, const RoutingTable& table) {
  auto user = table.users.find(local);
  return Local{std::move(local), std::move(domain), std::move(user)};
}

}  // namespace

Destination route_recipient(std::string_view recipient, const RoutingTable& table) {
  std::string address(recipient);
  std::size_t at = address.rfind('@');
  if (at == std::string::npos) {
    at = address.size();
    address += "@" + table.envnoathost;
  }
  while (table.percenthack.contains(lower(std::string_view(address).substr(at + 1)))) {
    const std::size_t percent = at == 0 ? std::string::npos : address.rfind('%', at - 1);
    if (percent == std::string::npos) break;
    address.resize(at);
    address[percent] = '@';
    at = percent;
  }
  std::string local = address.substr(0, at);
  std::string domain = address.substr(at + 1);
  const std::string key = lower(address);
  if (table.locals.contains(std::string_view(key).substr(at + 1))) {
    return {address, local_destination(std::move(local), std::move(domain), table)};
  }
  if (const auto prepend = find_prepend(key, at, table); !prepend.empty()) {
    local = std::string(prepend) + "-" + local;
    const std::string rewritten = local + "@" + domain;
    return {rewritten, local_destination(std::move(local), std::move(domain), table)};
  }
  if (const Route* route = table.routes.find(domain)) return {address, Spool{*route}};
  return {address, Nowhere{}};
}

base::Result<VirtualDomains> parse_virtualdomains(std::string_view text, std::string_view file) {
  VirtualDomains map;
  for (const auto& line : numbered_lines(text)) {
    if (line.text.empty() || line.text.front() == '#') continue;
    const std::size_t colon = line.text.find(':');
    if (colon == std::string_view::npos) {
      return fault(file, line.number,
                   "'" + base::escape(line.text) + "' has no colon; an entry is domain:prepend or user@domain:prepend");
    }
    map.insert_or_assign(lower(line.text.substr(0, colon)), std::string(line.text.substr(colon + 1)));
  }
  return map;
}

base::Result<VirtualDomains> load_virtualdomains(const Places& places) {
  const std::string file = places.control_file("virtualdomains");
  auto text = read_config_file(file);
  if (!text) return text.error();
  return parse_virtualdomains(text->value_or(""), file);
}

base::Result<RoutingTable> load_routing(const Places& places) {
  const Control control(places);
  RoutingTable table;
  auto envnoathost = control.setting("envnoathost");
  if (!envnoathost) return envnoathost.error();
  table.envnoathost = std::move(*envnoathost);

  auto locals = control.list_if_there("locals");
  if (!locals) return locals.error();
  if (*locals) {
    table.locals = lower_set(**locals);
  } else {
    auto me = control.me();
    if (!me) return me.error();
    table.locals.insert(lower(*me));
  }
  auto percenthack = control.list("percenthack");
  if (!percenthack) return percenthack.error();
  table.percenthack = lower_set(*percenthack);

  auto virtualdomains = load_virtualdomains(places);
  if (!virtualdomains) return virtualdomains.error();
  table.virtualdomains = std::move(*virtualdomains);

  auto users = load_users(places);
  if (!users) return users.error();
  table.users = std::move(*users);
  auto routes = load_routes(places);
  if (!routes) return routes.error();
  table.routes = std::move(*routes);
  return table;
}

}  // namespace conf
