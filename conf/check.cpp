#include "conf/check.h"

#include <algorithm>

#include "base/log.h"
#include "conf/caps.h"
#include "conf/control.h"
#include "conf/inheritance.h"
#include "conf/link.h"
#include "conf/modem.h"
#include "conf/named_file.h"
#include "conf/nearest.h"
#include "conf/relay.h"
#include "conf/routing.h"
#include "conf/tariff.h"
#include "conf/text.h"
#include "conf/toml.h"

namespace conf {
namespace {

void read(TomlKind kind, TomlTable& table) {
  switch (kind) {
    case TomlKind::link:
      read_link(table);
      return;
    case TomlKind::modem:
      read_modem(table, Need::optional);
      return;
    case TomlKind::relay:
      read_relay(table);
      return;
    case TomlKind::tariff:
      read_tariff(table);
      return;
    case TomlKind::account:
      read_caps(table);
      return;
  }
}

void append(std::vector<std::string>& all, std::vector<std::string> more) {
  std::move(more.begin(), more.end(), std::back_inserter(all));
}

// A base's fault is found with each profile that inherits from it.
void append_new(std::vector<std::string>& all, std::vector<std::string> more) {
  std::erase_if(more, [&](const std::string& one) { return std::find(all.begin(), all.end(), one) != all.end(); });
  append(all, std::move(more));
}

std::vector<std::string> found_in(const std::string& folder, const std::string& suffix,
                                  std::vector<std::string>& faults) {
  auto names = names_in(folder, suffix);
  if (names) return std::move(*names);
  faults.push_back(names.error().text);
  return {};
}

void check_name(TomlTable& table, const char* key, const std::string& name, const std::vector<std::string>& known,
                const std::string& what) {
  if (std::find(known.begin(), known.end(), name) != known.end()) return;
  table.complain(key, "names '" + name + "', and there is no such " + what + did_you_mean(name, known));
}

void check_named(TomlTable& table, const char* key, const std::vector<std::string>& known, const std::string& what) {
  if (const auto name = table.text(key)) check_name(table, key, *name, known, what);
}

struct Known {
  std::vector<std::string> modems;
  std::vector<std::string> tariffs;
  std::vector<std::string> chats;
  std::vector<std::string> relays;
  std::vector<std::string> spools;
};

std::vector<std::string> check_routes(const Places& places, Known& known) {
  const auto routes = load_routes(places);
  if (!routes) return {routes.error().text};
  std::vector<std::string> faults;
  for (const auto& route : routes->all()) {
    known.spools.push_back(route.spool_name);
    const auto& relays = known.relays;
    if (route.relay.empty() || std::find(relays.begin(), relays.end(), route.relay) != relays.end()) continue;
    const auto what =
        "'@" + base::escape(route.relay) + "' names no file in relays/" + did_you_mean(route.relay, relays);
    faults.push_back(fault(places.routes_file(), route.line, what).text);
  }
  return faults;
}

std::vector<std::string> check_link(const Places& places, const std::string& path, const Known& known) {
  auto file = TomlFile::load(path);
  if (!file) return {file.error().text};
  auto& top = file->top();
  const auto link = read_link(top);
  const auto before = file->faults().size();
  if (before == 0) {  // else the same value would be complained of twice
    for (const auto& name : link.modems) {
      check_name(top, "modem", name, known.modems, "file in modems/");
      const auto modem = load_modem(places, name, Need::optional);
      if (modem && modem->port.empty())
        top.complain("modem", "names '" + name + "', which has no port: a base that others inherit from");
    }
    check_named(top, "tariff", known.tariffs, "file in tariffs/");
    check_named(top, "chat", known.chats, "script in chat/");
    for (const auto& route : link.routes) {
      if (std::find(known.spools.begin(), known.spools.end(), route) != known.spools.end()) continue;
      top.complain("routes",
                   "names '" + route + "', and no route has such a spool" + did_you_mean(route, known.spools));
    }
  }
  return file->faults();
}

}  // namespace

std::vector<std::string> check_toml(TomlKind kind, const std::string& path) {
  auto file = kind == TomlKind::modem ? load_with_bases(path, "modem profile") : TomlFile::load(path);
  if (!file) return {file.error().text};
  read(kind, file->top());
  return file->faults();
}

std::vector<std::string> check_config(const Places& places) {
  std::vector<std::string> faults;
  if (auto control = check_control(places)) {
    append(faults, std::move(*control));
  } else {
    faults.push_back(control.error().text);
  }
  Known known;
  if (const auto users = load_users(places); !users) faults.push_back(users.error().text);
  known.relays = found_in(places.relays_dir(), ".toml", faults);
  append(faults, check_routes(places, known));
  if (const auto domains = load_virtualdomains(places); !domains) faults.push_back(domains.error().text);
  known.modems = found_in(places.modems_dir(), ".toml", faults);
  known.tariffs = found_in(places.tariffs_dir(), ".toml", faults);
  known.chats = found_in(places.chat_dir(), "", faults);
  for (const auto& name : known.modems)
    append_new(faults, check_toml(TomlKind::modem, places.modems_dir() + "/" + name + ".toml"));
  for (const auto& name : known.relays)
    append(faults, check_toml(TomlKind::relay, places.relays_dir() + "/" + name + ".toml"));
  for (const auto& name : known.tariffs)
    append(faults, check_toml(TomlKind::tariff, places.tariffs_dir() + "/" + name + ".toml"));
  for (const auto& name : found_in(places.accounts_dir(), ".toml", faults))
    append(faults, check_toml(TomlKind::account, places.accounts_dir() + "/" + name + ".toml"));
  for (const auto& name : found_in(places.links_dir(), ".toml", faults)) {
    append(faults, check_link(places, places.links_dir() + "/" + name + ".toml", known));
  }
  return faults;
}

}  // namespace conf
