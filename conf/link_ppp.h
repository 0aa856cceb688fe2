// The table [ppp] of a link: how pppd is run on its line.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conf/toml.h"

namespace conf {

enum class PppWay {
  hand_over,  // we dial, and pppd gets the open line
  connect,    // pppd dials, with our program for its connect script
};
enum class DefaultRoute { none, add, replace };
enum class Firewall { none, wanted, required };

struct FirewallService {
  bool is_udp = false;
  std::uint16_t port = 0;
  friend bool operator==(const FirewallService&, const FirewallService&) = default;
};
// "tcp/119", "udp/123".
std::optional<FirewallService> parse_service(std::string_view text);

struct PppSettings {
  std::string pppd = "/usr/sbin/pppd";
  PppWay way = PppWay::hand_over;
  std::string user;        // empty: what pppd takes itself
  std::string secret;      // a file with the password; empty: pppd's own secrets files
  std::string remotename;  // the peer's name in those
  std::string addresses;   // LOCAL:REMOTE; empty: the peer gives both
  DefaultRoute default_route = DefaultRoute::add;
  bool dns = true;
  std::optional<std::int64_t> mru, mtu;
  std::chrono::milliseconds maxconnect{3600000};
  std::chrono::milliseconds echo_interval{10000};
  std::int64_t echo_failure = 3;
  std::chrono::milliseconds up_limit{60000};  // from CONNECT to the interface
  Firewall firewall = Firewall::none;
  std::vector<FirewallService> services;  // that may pass it, beside mail and names
  std::string nft = "/usr/sbin/nft";
  std::vector<std::string> options;  // further ones, each with its words
};

// Asks the table for its keys; faults stay in the file (toml.h).
PppSettings read_ppp(TomlTable& table);

// What is wrong with a further option of pppd; empty: nothing. Refused are those which run programs, name files or the
// line, or undo what a session relies on. Pure.
std::string fault_of_option(std::string_view option);

}  // namespace conf
