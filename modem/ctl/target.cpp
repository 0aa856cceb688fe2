#include "modem/ctl/target.h"

#include "conf/port_name.h"
#include "modem/ctl/profiles.h"
#include "modem/port.h"

namespace modem {

bool names_port(const std::string& target) { return target.find_first_of("/:") != std::string::npos; }

std::string lock_dir_of(const std::string& port) {
  const auto device = resolve_device(port);
  for (const auto& profile : all_profiles()) {
    if (profile.port.empty()) continue;  // a base
    const auto other = resolve_device(profile.port);
    if (profile.port == port || (device && other && *device == *other)) return profile.lock_dir;
  }
  return conf::ModemProfile().lock_dir;
}

base::Result<LockedPort> find_port(const std::string& target) {
  if (names_port(target)) {
    const auto name = conf::parse_port_name(target);
    if (!name) return base::permanent("port " + target + " " + name.error().text);
    return LockedPort{target, lock_dir_of(target)};
  }
  const auto profile = conf::load_modem(conf::Places::from_environment(), target);
  if (!profile) return profile.error();
  return LockedPort{profile->port, profile->lock_dir};
}

}  // namespace modem
