// Where Offhook's files are. The three roots can be moved by the environment, for tests and for people who run Offhook
// out of a folder as themselves; everything below a root has a fixed name that is spelled here and nowhere else.
#pragma once

#include <string>
#include <string_view>

namespace conf {

struct Places {
  std::string config = "/etc/offhook";
  std::string state = "/var/lib/offhook";
  std::string run = "/run/offhook";

  // OFFHOOK_CONFIG, OFFHOOK_STATE and OFFHOOK_RUN where they are set and not empty.
  static Places from_environment();

  // A path that a file of the configuration names: a relative one is taken from the configuration's folder, an empty
  // one stays empty.
  [[nodiscard]] std::string named_path(const std::string& path) const {
    return path.empty() || path.front() == '/' ? path : config + "/" + path;
  }
  [[nodiscard]] std::string control_dir() const { return config + "/control"; }
  [[nodiscard]] std::string control_file(std::string_view name) const {
    return control_dir() + "/" + std::string(name);
  }
  [[nodiscard]] std::string assign_file() const { return config + "/users/assign"; }
  [[nodiscard]] std::string routes_file() const { return config + "/routes"; }
  [[nodiscard]] std::string links_dir() const { return config + "/links"; }
  [[nodiscard]] std::string modems_dir() const { return config + "/modems"; }
  [[nodiscard]] std::string tariffs_dir() const { return config + "/tariffs"; }
  [[nodiscard]] std::string accounts_dir() const { return config + "/accounts"; }
  [[nodiscard]] std::string relays_dir() const { return config + "/relays"; }
  [[nodiscard]] std::string login_file() const { return config + "/login"; }
  [[nodiscard]] std::string chat_dir() const { return config + "/chat"; }

  [[nodiscard]] std::string queue_dir() const { return state + "/queue"; }
  [[nodiscard]] std::string drop_dir() const { return state + "/drop"; }
  [[nodiscard]] std::string spool_root() const { return state + "/spool"; }
  [[nodiscard]] std::string spool_dir(std::string_view name) const { return spool_root() + "/" + std::string(name); }
  [[nodiscard]] std::string partial_dir() const { return state + "/partial"; }
  [[nodiscard]] std::string clock_file() const { return state + "/clock"; }
  // What is remembered of a relay between calls.
  [[nodiscard]] std::string relay_state_dir(std::string_view name) const {
    return state + "/relays/" + std::string(name);
  }
  // What is remembered of modems and their SIMs between calls.
  [[nodiscard]] std::string modem_state_dir() const { return state + "/modems"; }
  [[nodiscard]] std::string ledger_file() const { return state + "/ledger"; }
  [[nodiscard]] std::string socket_file() const { return run + "/qmgr.sock"; }
};

}  // namespace conf
