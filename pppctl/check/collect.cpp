#include "pppctl/check/collect.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/child.h"
#include "base/directory.h"
#include "chat/script_check.h"
#include "conf/named_file.h"
#include "conf/port_name.h"
#include "conf/relay.h"
#include "modem/device.h"
#include "modem/lock.h"
#include "modem/port.h"
#include "pppctl/ask_program.h"

namespace pppctl::check {
namespace {

constexpr std::size_t max_paths = 1000;
constexpr unsigned permission_bits = 07777;
constexpr std::chrono::seconds modem_limit{90};  // a ladder's cheap rungs and a satellite's slow answers

std::string user_name(uid_t uid) {
  std::array<char, 4096> room;
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(uid, &entry, room.data(), room.size(), &found) != 0 || !found) return "user " + std::to_string(uid);
  return found->pw_name;
}

int access_error(const std::string& path, int mode) {
  return ::faccessat(AT_FDCWD, path.c_str(), mode, AT_EACCESS) == 0 ? 0 : errno;
}

void add_below(const std::string& folder, int depth, std::vector<PathFacts>& all) {
  all.push_back(look_at_path(folder));
  const auto directory = base::Directory::open(folder);
  if (!directory || depth == 0) return;
  auto names = directory->list();
  if (!names) return;
  std::sort(names->begin(), names->end());
  for (const auto& name : *names) {
    if (all.size() >= max_paths) return;
    const auto found = look_at_path(folder + "/" + name);
    if (found.is_folder) {
      add_below(found.path, depth - 1, all);
    } else {
      all.push_back(found);
    }
  }
}

}  // namespace

Self this_user() { return {::geteuid(), user_name(::geteuid())}; }

PathFacts look_at_path(const std::string& path, const std::string& named_by) {
  PathFacts facts;
  facts.path = path;
  facts.named_by = named_by;
  struct stat st {};
  if (::stat(path.c_str(), &st) < 0) {
    facts.error = errno;
    return facts;
  }
  facts.is_folder = S_ISDIR(st.st_mode);
  facts.is_file = S_ISREG(st.st_mode);
  facts.uid = st.st_uid;
  facts.owner = user_name(st.st_uid);
  facts.mode = st.st_mode & permission_bits;
  facts.may_use = access_error(path, facts.is_folder ? W_OK | X_OK : R_OK) == 0;
  return facts;
}

std::vector<PathFacts> look_at_configuration(const conf::Places& places) {
  std::vector<PathFacts> all;
  constexpr int depth = 2;
  add_below(places.config, depth, all);
  return all;
}

std::vector<PathFacts> look_at_secrets(const conf::Places& places) {
  std::vector<PathFacts> all;
  const auto names = [](const std::string& folder, const std::string& suffix) {
    return conf::names_in(folder, suffix).value_or(std::vector<std::string>());
  };
  for (const auto& name : names(places.relays_dir(), ".toml")) {
    const auto relay = conf::load_relay(places, name);
    if (relay && relay->auth && !relay->auth->secret.empty())
      all.push_back(look_at_path(relay->auth->secret, relay->file));
  }
  for (const auto& name : names(places.modems_dir(), ".toml")) {
    const auto modem = conf::load_modem(places, name, conf::Need::optional);
    if (modem && !modem->cellular.pin_file.empty()) all.push_back(look_at_path(modem->cellular.pin_file, modem->file));
  }
  for (const auto& name : names(places.links_dir(), ".toml")) {
    const auto link = conf::load_link(places, name);
    if (link && !link->ppp.secret.empty()) all.push_back(look_at_path(places.named_path(link->ppp.secret), link->file));
  }
  for (const auto& name : names(places.chat_dir(), "")) {
    const auto path = places.chat_dir() + "/" + name;
    const auto text = base::read_file(path, chat::max_script_bytes);
    if (!text) continue;
    for (const auto& file : chat::check_script(*text, {}).files) all.push_back(look_at_path(file.name, path));
  }
  return all;
}

PortFacts look_at_port(const conf::ModemProfile& modem) {
  PortFacts facts;
  facts.modem = modem.name;
  facts.port = modem.port;
  const auto name = conf::parse_port_name(modem.port);
  if (!name || name->kind != conf::PortKind::device) return facts;  // a server tells when it is called
  const auto device = modem::resolve_device(modem.port);
  if (!device) {
    facts.failure = modem::device_failure(modem.port, device.error().error != 0 ? device.error().error : ENOENT);
    return facts;
  }
  facts.device = *device;
  struct stat st {};
  int error = 0;
  if (::stat(device->c_str(), &st) < 0) {
    error = errno;
  } else {
    error = S_ISCHR(st.st_mode) ? access_error(*device, R_OK | W_OK) : ENOTTY;
  }
  if (error != 0) facts.failure = modem::device_failure(*device, error);
  facts.lasting_names = modem::lasting_names_of(*device);
  return facts;
}

LockFacts look_at_lock(const conf::ModemProfile& modem) {
  LockFacts facts;
  facts.device = modem.port;
  facts.lock_dir = modem.lock_dir;
  if (modem.port.starts_with("fd:")) return facts;
  facts.dir_error = access_error(modem.lock_dir, W_OK | X_OK);
  const auto holder = modem::lock_holder(modem.lock_dir, modem.port);
  if (!holder || !*holder) return facts;
  facts.is_held = true;
  facts.is_alive = (*holder)->alive;
  facts.pid = (*holder)->pid;
  facts.program = (*holder)->program;
  facts.file = (*holder)->file;
  return facts;
}

base::Result<ModemFacts> ask_modem(const conf::ModemProfile& modem, base::StopSignals& stop) {
  ModemFacts facts;
  facts.modem = modem.name;
  facts.has_pin_file = !modem.cellular.pin_file.empty();
  const auto answer =
      ask_program({base::sibling_program("modemctl"), "status", modem.name, "--json"}, modem_limit, stop);
  if (!answer) return answer.error();
  facts.status = answer->status;
  facts.said = answer->last_line;
  const auto told = nlohmann::json::parse(answer->output, nullptr, false);
  if (told.is_object() && told.contains("sim") && told["sim"].is_string()) facts.sim = told["sim"].get<std::string>();
  return facts;
}

SpoolFacts look_at_spool(const std::string& route, const std::string& folder) {
  SpoolFacts facts;
  facts.route = route;
  facts.top = look_at_path(folder);
  if (facts.top.error != 0) return facts;
  std::vector<dev_t> devices;
  for (const char* part : {"tmp", "new", "cur"}) {
    facts.parts.push_back(look_at_path(folder + "/" + part));
    struct stat st {};
    if (::stat(facts.parts.back().path.c_str(), &st) == 0) devices.push_back(st.st_dev);
  }
  facts.is_one_device = std::adjacent_find(devices.begin(), devices.end(), std::not_equal_to<>()) == devices.end();
  if (const auto bad = base::Directory::open(folder + "/.offhook/bad")) {
    facts.malformed = bad->list().value_or(std::vector<std::string>()).size();
  }
  return facts;
}

}  // namespace pppctl::check
