#include "conf/link_ppp.h"

#include <algorithm>
#include <array>

#include "conf/text.h"

namespace conf {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t max_options = 64;
constexpr std::size_t max_option_bytes = 256;  // a word of pppd's has 1024
constexpr std::size_t max_name_bytes = 255;    // pppd's MAXNAMELEN less one
constexpr std::int64_t least_unit = 128;       // RFC 1661 §6.1: every line takes 1500; pppd from 128 on
constexpr std::int64_t greatest_unit = 16384;
constexpr std::int64_t most_echo_failures = 100;
constexpr milliseconds second{1000};
constexpr milliseconds longest{86400000};  // maxconnect is there to bound what a dead session costs

// What a session sets itself, or stands on.
constexpr std::array own_options{"auth",
                                 "call",
                                 "connect",
                                 "connect-delay",
                                 "defaultroute",
                                 "demand",
                                 "detach",
                                 "disconnect",
                                 "dryrun",
                                 "file",
                                 "help",
                                 "hide-password",
                                 "holdoff",
                                 "ifname",
                                 "ipparam",
                                 "lcp-echo-adaptive",
                                 "lcp-echo-failure",
                                 "idle",
                                 "init",
                                 "lcp-echo-interval",
                                 "linkname",
                                 "lock",
                                 "logfd",
                                 "logfile",
                                 "maxconnect",
                                 "maxfail",
                                 "mru",
                                 "mtu",
                                 "name",
                                 "noauth",
                                 "nodefaultroute",
                                 "nodetach",
                                 "nolock",
                                 "nolog",
                                 "nopersist",
                                 "noreplacedefaultroute",
                                 "notty",
                                 "passwordfd",
                                 "password",
                                 "persist",
                                 "plugin",
                                 "privgroup",
                                 "pty",
                                 "record",
                                 "remotename",
                                 "replacedefaultroute",
                                 "set",
                                 "show-options",
                                 "show-password",
                                 "socket",
                                 "unset",
                                 "up_sdnotify",
                                 "updetach",
                                 "user",
                                 "usepeerdns",
                                 "version",
                                 "welcome"};

bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

void take_name(TomlTable& table, std::string_view key, std::string& into) {
  auto value = table.text(key);
  if (!value) return;
  if (value->empty() || value->size() > max_name_bytes || !is_plain(*value)) {
    table.complain(key, "is no name: printable ASCII, " + std::to_string(max_name_bytes) + " octets at most");
  }
  into = std::move(*value);
}

void take_time(TomlTable& table, std::string_view key, milliseconds least, milliseconds& into) {
  const auto value = table.duration(key);
  if (!value) return;
  if (*value < least || *value > longest || *value % second != milliseconds(0)) {
    table.complain(key, "is no whole number of seconds from " + std::to_string(least / second) + "s to 1d");
  }
  into = *value;
}

bool is_address_pair(std::string_view text) {
  const auto colon = text.find(':');
  return colon != std::string_view::npos && text.size() > 1 && text.find(':', colon + 1) == std::string_view::npos &&
         text.find_first_not_of("0123456789.:") == std::string_view::npos;
}

}  // namespace

std::string fault_of_option(std::string_view option) {
  const auto words = words_of(option);
  if (words.empty()) return "is empty";
  if (option.size() > max_option_bytes) return "is longer than " + std::to_string(max_option_bytes) + " octets";
  if (!is_plain(option)) return "holds an octet that is not printable ASCII";
  const auto name = words.front();
  // Anything else would be a device, a speed or addresses.
  const bool is_name = name.front() >= 'a' && name.front() <= 'z' &&
                       name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_") == std::string_view::npos;
  if (!is_name) return "begins with no option's name";
  const bool runs_program = name.ends_with("-script");
  if (runs_program || std::find(own_options.begin(), own_options.end(), name) != own_options.end()) {
    return "is not for this list: a session sets it, or would not be safe with it";
  }
  return {};
}

std::optional<FirewallService> parse_service(std::string_view text) {
  constexpr std::size_t prefix_bytes = 4;
  constexpr std::uint64_t greatest_port = 65535;
  const bool is_udp = text.starts_with("udp/");
  if (!is_udp && !text.starts_with("tcp/")) return {};
  const auto port = decimal(text.substr(prefix_bytes));
  if (!port || *port == 0 || *port > greatest_port) return {};
  return FirewallService{is_udp, static_cast<std::uint16_t>(*port)};
}

PppSettings read_ppp(TomlTable& table) {
  PppSettings ppp;
  if (auto pppd = table.text("pppd")) {
    if (!pppd->starts_with('/')) table.complain("pppd", "is no path that begins with a slash");
    ppp.pppd = std::move(*pppd);
  }
  if (const auto way = table.choice("way", {"hand-over", "connect"})) {
    ppp.way = *way == "connect" ? PppWay::connect : PppWay::hand_over;
  }
  take_name(table, "user", ppp.user);
  take_name(table, "remotename", ppp.remotename);
  if (auto secret = table.text("secret")) {
    if (secret->empty()) table.complain("secret", "names no file");
    ppp.secret = std::move(*secret);
    if (ppp.user.empty()) table.complain("secret", "needs a user");
  }
  if (auto addresses = table.text("addresses")) {
    if (!is_address_pair(*addresses)) table.complain("addresses", "is not LOCAL:REMOTE");
    ppp.addresses = std::move(*addresses);
  }
  if (const auto route = table.choice("default_route", {"none", "add", "replace"})) {
    ppp.default_route = *route == "none"  ? DefaultRoute::none
                        : *route == "add" ? DefaultRoute::add
                                          : DefaultRoute::replace;
  }
  if (const auto dns = table.boolean("dns")) ppp.dns = *dns;
  ppp.mru = table.integer("mru", least_unit, greatest_unit);
  ppp.mtu = table.integer("mtu", least_unit, greatest_unit);
  take_time(table, "maxconnect", second, ppp.maxconnect);
  take_time(table, "echo_interval", second, ppp.echo_interval);
  if (const auto failure = table.integer("echo_failure", 1, most_echo_failures)) ppp.echo_failure = *failure;
  take_time(table, "up_limit", second, ppp.up_limit);
  if (const auto firewall = table.choice("firewall", {"none", "wanted", "required"})) {
    ppp.firewall = *firewall == "none" ? Firewall::none : *firewall == "wanted" ? Firewall::wanted : Firewall::required;
  }
  for (const auto& text : table.texts("services").value_or(std::vector<std::string>{})) {
    if (const auto service = parse_service(text)) {
      ppp.services.push_back(*service);
    } else {
      table.complain("services", "'" + text + "' is not tcp/PORT or udp/PORT");
    }
  }
  if (auto nft = table.text("nft")) {
    if (!nft->starts_with('/')) table.complain("nft", "is no path that begins with a slash");
    ppp.nft = std::move(*nft);
  }
  if (auto options = table.texts("options")) {
    if (options->size() > max_options) table.complain("options", "has more than " + std::to_string(max_options));
    for (const auto& option : *options) {
      if (const auto fault = fault_of_option(option); !fault.empty())
        table.complain("options", "'" + option + "' " + fault);
    }
    ppp.options = std::move(*options);
  }
  return ppp;
}

}  // namespace conf
