#include "conf/check.h"

#include <algorithm>
#include <limits>

#include "base/directory.h"
#include "conf/control.h"
#include "conf/nearest.h"
#include "conf/routing.h"
#include "conf/toml.h"

namespace conf {
namespace {

enum class ValueType { text, texts, integer, boolean, duration, amount, choice, choices };

struct KeyRule {
  const char* key;
  ValueType type;
  Need need = Need::optional;
  std::vector<std::string> words{};  // for choice and choices
  std::int64_t least = 0;            // for integer
};

const std::vector<KeyRule>& rules_for(TomlKind kind) {
  using enum ValueType;
  static const std::vector<KeyRule> link{
      {"kind", choice, Need::required, {"ppp", "line", "command", "always"}},
      {"routes", texts, Need::required},
      {"modem", text},
      {"phone", text},
      {"chat", text},
      {"tariff", text},
      {"reliable", boolean},
      {"clock", choice, Need::optional, {"trust"}},
      {"jobs", choices, Need::optional, {"flush", "fetch", "turn", "hook"}},
  };
  static const std::vector<KeyRule> modem{
      {"port", text, Need::required},
      {"speed", integer, Need::optional, {}, 50},
      {"init", texts},
      {"dial", text},
      {"hangup", choice, Need::optional, {"dtr", "escape"}},
      {"dtr_low", duration},
      {"guard_time", duration},
  };
  static const std::vector<KeyRule> tariff{
      {"currency", text, Need::required},
      {"setup", amount},
      {"price", amount, Need::required},
      {"step", duration, Need::required},
  };
  switch (kind) {
    case TomlKind::link:
      return link;
    case TomlKind::modem:
      return modem;
    case TomlKind::tariff:
      return tariff;
  }
  return link;
}

void ask(TomlTable& table, const KeyRule& rule) {
  switch (rule.type) {
    case ValueType::text:
      table.text(rule.key, rule.need);
      return;
    case ValueType::texts:
      table.texts(rule.key, rule.need);
      return;
    case ValueType::integer:
      table.integer(rule.key, rule.least, std::numeric_limits<std::int32_t>::max(), rule.need);
      return;
    case ValueType::boolean:
      table.boolean(rule.key, rule.need);
      return;
    case ValueType::duration:
      table.duration(rule.key, rule.need);
      return;
    case ValueType::amount:
      table.amount(rule.key, rule.need);
      return;
    case ValueType::choice:
      table.choice(rule.key, rule.words, rule.need);
      return;
    case ValueType::choices:
      table.choices(rule.key, rule.words, rule.need);
      return;
  }
}

void append(std::vector<std::string>& all, std::vector<std::string> more) {
  std::move(more.begin(), more.end(), std::back_inserter(all));
}

// The names in a folder that end in the suffix, without it. A folder that is not there holds none.
std::vector<std::string> names_in(const std::string& path, const std::string& suffix,
                                  std::vector<std::string>& faults) {
  const auto directory = base::Directory::open(path);
  auto names = directory ? directory->list() : base::Result<std::vector<std::string>>(directory.error());
  if (!names) {
    if (names.error().error != ENOENT) faults.push_back(names.error().text);
    return {};
  }
  std::vector<std::string> out;
  for (const auto& name : *names) {
    if (!name.starts_with('.') && name.size() > suffix.size() && name.ends_with(suffix)) {
      out.push_back(name.substr(0, name.size() - suffix.size()));
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

void check_named(TomlTable& table, const char* key, const std::vector<std::string>& known, const std::string& what) {
  const auto name = table.text(key);
  if (!name || std::find(known.begin(), known.end(), *name) != known.end()) return;
  table.complain(key, "names '" + *name + "', and there is no such " + what + did_you_mean(*name, known));
}

struct Known {
  std::vector<std::string> modems;
  std::vector<std::string> tariffs;
  std::vector<std::string> chats;
  std::vector<std::string> spools;
};

std::vector<std::string> check_link(const std::string& path, const Known& known) {
  auto file = TomlFile::load(path);
  if (!file) return {file.error().text};
  auto& top = file->top();
  for (const auto& rule : rules_for(TomlKind::link)) ask(top, rule);
  const auto before = file->faults().size();
  if (before == 0) {  // else the same value would be complained of twice
    check_named(top, "modem", known.modems, "file in modems/");
    check_named(top, "tariff", known.tariffs, "file in tariffs/");
    check_named(top, "chat", known.chats, "script in chat/");
    const auto routes = top.texts("routes").value_or(std::vector<std::string>());
    for (const auto& route : routes) {
      if (std::find(known.spools.begin(), known.spools.end(), route) != known.spools.end()) continue;
      top.complain("routes",
                   "names '" + route + "', and no route has such a spool" + did_you_mean(route, known.spools));
    }
  }
  return file->faults();
}

}  // namespace

std::vector<std::string> check_toml(TomlKind kind, const std::string& path) {
  auto file = TomlFile::load(path);
  if (!file) return {file.error().text};
  for (const auto& rule : rules_for(kind)) ask(file->top(), rule);
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
  if (const auto routes = load_routes(places); !routes) {
    faults.push_back(routes.error().text);
  } else {
    for (const auto& route : routes->all()) known.spools.push_back(route.spool_name);
  }
  if (const auto domains = load_virtualdomains(places); !domains) faults.push_back(domains.error().text);
  known.modems = names_in(places.modems_dir(), ".toml", faults);
  known.tariffs = names_in(places.tariffs_dir(), ".toml", faults);
  known.chats = names_in(places.chat_dir(), "", faults);
  for (const auto& name : known.modems)
    append(faults, check_toml(TomlKind::modem, places.modems_dir() + "/" + name + ".toml"));
  for (const auto& name : known.tariffs)
    append(faults, check_toml(TomlKind::tariff, places.tariffs_dir() + "/" + name + ".toml"));
  for (const auto& name : names_in(places.links_dir(), ".toml", faults)) {
    append(faults, check_link(places.links_dir() + "/" + name + ".toml", known));
  }
  return faults;
}

}  // namespace conf
