#include "mta/qmgr/rules.h"

#include "conf/control.h"

namespace mta {

base::Result<std::shared_ptr<const Rules>> load_rules(const conf::Places& places) {
  const conf::Control control(places);
  auto rules = std::make_shared<Rules>();
  auto me = control.me();
  if (!me) return me.error();
  rules->host = *me;
  auto routing = conf::load_routing(places);
  if (!routing) return routing.error();
  rules->routing = std::move(*routing);
  const auto lifetime = control.number("queuelifetime", static_cast<std::uint64_t>(rules->queue_lifetime));
  if (!lifetime) return lifetime.error();
  rules->queue_lifetime = static_cast<std::int64_t>(*lifetime);

  const auto from = control.setting("bouncefrom");
  if (!from) return from.error();
  const auto host = control.setting("bouncehost");
  if (!host) return host.error();
  const auto double_to = control.setting("doublebounceto");
  if (!double_to) return double_to.error();
  const auto double_host = control.setting("doublebouncehost");
  if (!double_host) return double_host.error();
  rules->bounce_host = {*from, *host, *double_to + "@" + *double_host};
  return std::shared_ptr<const Rules>(std::move(rules));
}

}  // namespace mta
