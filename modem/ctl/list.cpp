#include <iostream>

#include <algorithm>

#include "base/log.h"
#include "modem/ctl/commands.h"
#include "modem/ctl/output.h"
#include "modem/ctl/profiles.h"
#include "modem/line_modes.h"
#include "modem/lock.h"
#include "modem/port.h"

namespace modem {
namespace {

struct Listed {
  PortInfo info;
  std::vector<std::string> profiles{};
  std::optional<LockHolder> holder{};
  std::optional<unsigned> speed{};
  std::optional<ModemLines> lines{};
  std::string lock_dir = conf::ModemProfile().lock_dir;
  std::string trouble{};  // why speed and lines are not known
};

void add_holder(Listed& listed, const std::string& lock_dir) {
  if (listed.holder && listed.holder->alive) return;
  auto holder = lock_holder(lock_dir, listed.info.device);
  if (holder && *holder) listed.holder = std::move(**holder);
}

// The ports of the profiles too, whatever they are: a pty, a port that nobody has plugged in.
void add_profiles(std::vector<Listed>& ports) {
  for (const auto& profile : all_profiles()) {
    if (profile.port.empty()) continue;  // a base
    const auto device = resolve_device(profile.port);
    const auto path = device ? *device : profile.port;
    auto port = std::find_if(ports.begin(), ports.end(), [&](const Listed& one) { return one.info.device == path; });
    if (port == ports.end()) {
      PortInfo info;
      info.device = path;
      if (!device) info.description = "not there";
      ports.push_back({.info = info});
      port = ports.end() - 1;
    }
    port->profiles.push_back(profile.name);
    port->lock_dir = profile.lock_dir;
    add_holder(*port, profile.lock_dir);
  }
}

// By libserialport where it knows the port. One that somebody has is left alone.
base::Result<void> look_at_lines(Listed& listed, const std::string& lock_dir) {
  const auto lock = PortLock::take(lock_dir, listed.info.device, "modemctl");
  if (!lock) return lock.error();
  const auto port = Port::open(listed.info.device, {.speed = std::nullopt, .flow = conf::FlowControl::none});
  if (!port) return port.error();
  const auto modes = read_modes((*port)->fd(), listed.info.device);
  if (!modes) return modes.error();
  listed.speed = modes->output_speed;
  const auto lines = (*port)->lines();
  if (!lines) return lines.error();
  listed.lines = *lines;
  return {};
}

std::string shown(const Listed& port) {
  if (!port.trouble.empty()) return base::escape(port.trouble);
  std::string text = std::to_string(port.speed.value_or(0)) + " bit/s";
  if (!port.lines) return text + ", no modem lines";
  const auto on = lines_text(*port.lines);
  if (!on.empty()) text += " " + on;
  return text;
}

void print_ports_json(const std::vector<Listed>& ports) {
  auto all = nlohmann::json::array();
  for (const auto& port : ports) {
    nlohmann::json one{{"device", port.info.device},
                       {"description", port.info.description},
                       {"transport", port.info.transport},
                       {"usb", port.info.usb},
                       {"links", port.info.links},
                       {"profiles", port.profiles},
                       {"holder", nullptr},
                       {"speed", nullptr},
                       {"lines", nullptr}};
    if (port.speed) one["speed"] = *port.speed;
    if (port.lines) one["lines"] = lines_json(*port.lines);
    if (port.holder) one["holder"] = holder_json(*port.holder);
    all.push_back(std::move(one));
  }
  print_json(all);
}

void print_text(const std::vector<Listed>& ports) {
  for (const auto& port : ports) {
    std::cout << base::escape(port.info.device);
    if (!port.info.transport.empty()) std::cout << "  " << port.info.transport;
    if (!port.info.usb.empty()) std::cout << ' ' << base::escape(port.info.usb);
    if (!port.info.description.empty()) std::cout << "  " << base::escape(port.info.description);
    std::cout << '\n';
    for (const auto& profile : port.profiles) std::cout << "    profile " << profile << '\n';
    for (const auto& link : port.info.links) std::cout << "    link " << base::escape(link) << '\n';
    if (port.speed || !port.trouble.empty()) std::cout << "    " << shown(port) << '\n';
    if (!port.holder) continue;
    std::cout << "    " << holder_text(*port.holder) << '\n';
  }
}

}  // namespace

base::Result<void> list_command(const CtlOptions& options) {
  auto found = list_ports();
  if (!found) return found.error();
  std::vector<Listed> ports;
  for (auto& info : *found) ports.push_back({.info = std::move(info)});
  for (auto& port : ports) add_holder(port, conf::ModemProfile().lock_dir);
  add_profiles(ports);
  if (options.lines) {
    for (auto& port : ports) {
      // A server on the network is no port of this host.
      if (!port.info.device.starts_with('/')) continue;
      if (auto looked = look_at_lines(port, port.lock_dir); !looked) port.trouble = looked.error().text;
    }
  }
  if (options.json) {
    print_ports_json(ports);
  } else {
    print_text(ports);
  }
  return {};
}

}  // namespace modem
