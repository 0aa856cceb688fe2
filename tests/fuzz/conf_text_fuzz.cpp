// Any octets as a relay's file, as routes, as sender priorities and as a host's place: refused with a reason on one
// line, or made into what the rest of the program may rely on without looking again.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "conf/relay.h"
#include "conf/routes.h"
#include "conf/sender_priority.h"

namespace {

void require(bool held) {
  if (!held) std::abort();
}

bool is_one_line(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= 32 && c < 127; });
}

bool is_word(std::string_view text) { return is_one_line(text) && text.find(' ') == std::string_view::npos; }

void check_host(const conf::RelayHost& host) {
  require(is_word(host.name) && host.port > 0 && host.port <= 65535);
  require(conf::parse_relay_host(host.text(), 1) == host);
}

void check_auth(const conf::RelayAuth& auth, conf::RelayTls tls) {
  require(!auth.user.empty() && auth.user.find_first_of(std::string_view("\0\x01\r\n", 4)) == std::string::npos);
  require(!auth.mechanisms.empty() && std::is_sorted(auth.mechanisms.begin(), auth.mechanisms.end()));
  require(auth.secret.empty() || auth.token.empty());
  for (const auto mechanism : auth.mechanisms) {
    const bool is_for_token =
        mechanism == conf::AuthMechanism::oauthbearer || mechanism == conf::AuthMechanism::xoauth2;
    require(is_for_token != auth.token.empty());
    require(conf::sasl_mechanism(conf::sasl_name(mechanism)) == mechanism);
  }
  const bool hides = auth.mechanisms.front() <= conf::AuthMechanism::cram_md5;
  require(tls != conf::RelayTls::none || hides || auth.plain_without_tls);
}

void check_relay(std::string_view text) {
  auto file = conf::TomlFile::parse(text, "r.toml");
  if (!file) return require(is_one_line(file.error().text));
  const auto relay = conf::read_relay(file->top());
  for (const auto& fault : file->faults()) require(is_one_line(fault));
  if (!file->finish()) return;
  require(!relay.hosts.empty());
  for (const auto& host : relay.hosts) check_host(host);
  require(relay.helo.empty() || is_word(relay.helo));
  require(relay.ca.empty() || relay.tls != conf::RelayTls::none);
  if (relay.auth) check_auth(*relay.auth, relay.tls);
}

void check_routes(std::string_view text) {
  const auto routes = conf::parse_routes(text, "routes", "/spool");
  if (!routes) return require(is_one_line(routes.error().text));
  for (const auto& route : routes->all()) {
    require(is_word(route.pattern) && route.spool.starts_with('/') && route.spool.find("/../") == std::string::npos);
    require(route.prefix.empty() || is_word(route.prefix));
    require(route.relay_host.empty() || (is_word(route.relay_host) && route.relay_port > 0));
    if (!route.pattern.starts_with('.')) require(routes->find(route.pattern) == &route);
    if (route.pattern == "*") require(routes->find("") != nullptr);
  }
}

void check_priorities(std::string_view text) {
  const auto priorities = conf::SenderPriorities::parse(text, "senderpriority");
  if (!priorities) return require(is_one_line(priorities.error().text));
  for (const std::string_view sender : {"", "anna@office.example", "x", "@", "a@b@c.d"}) {
    const auto found = priorities->find(sender);
    require(!found || (*found >= conf::least_priority && *found <= conf::greatest_priority));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_relay(text);
  check_routes(text);
  check_priorities(text);
  if (const auto host = conf::parse_relay_host(text, 25)) check_host(*host);
  return 0;
}
