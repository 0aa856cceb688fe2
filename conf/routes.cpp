#include "conf/routes.h"

#include <algorithm>
#include <optional>

#include "base/log.h"
#include "conf/relay.h"
#include "conf/text.h"

namespace conf {
namespace {

constexpr std::size_t max_domain_bytes = 255;  // RFC 5321 §4.5.3.1.2
constexpr std::size_t max_prefix_bytes = 255;

bool is_host_octet(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == ':' || c == '[' ||
         c == ']';
}

// What is wrong with a domain pattern in lower case; empty when nothing is.
std::string pattern_fault(std::string_view pattern) {
  if (pattern == "*") return {};
  if (pattern.size() > max_domain_bytes) return "the domain is longer than 255 octets";
  if (!std::all_of(pattern.begin(), pattern.end(), is_host_octet)) return "is no domain, no .suffix and no *";
  if (pattern == "." || pattern.find("..") != std::string_view::npos) return "has an empty part";
  return {};
}

std::string spool_fault(std::string_view spool) {
  if (spool.front() == '/') return spool.find("/../") == std::string_view::npos ? "" : "must not go up by /../";
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; };
  if (std::all_of(spool.begin(), spool.end(), allowed) && spool.front() != '-') return {};
  return "is neither a spool's name (a to z, 0 to 9, _ and -) nor an absolute path";
}

std::string prefix_fault(std::string_view prefix) {
  if (prefix.size() > max_prefix_bytes) return "the prefix is longer than 255 octets";
  const auto printable = [](char c) { return c > ' ' && c < 127 && c != '@'; };
  return std::all_of(prefix.begin(), prefix.end(), printable)
             ? ""
             : "is no prefix (printable characters without @, or - for none)";
}

// What follows the @: whether there is such a file is not looked at here.
std::string relay_fault(std::string_view name) {
  const auto allowed = [](char c) { return (c > ' ' && c < 127) && c != '/' && c != '@'; };
  const bool named = !name.empty() && name.front() != '.' && std::all_of(name.begin(), name.end(), allowed);
  return named ? "" : "names no relay behind the @";
}

// What is wrong with the word for a relay, or empty.
std::string take_relay(std::string_view word, Route& route) {
  if (word.front() == '@') {  // begins no host's name
    route.relay = word.substr(1);
    return relay_fault(route.relay);
  }
  const std::string text = lower(word);
  const auto host = parse_relay_host(text, smtp_port);
  if (!host || !std::all_of(host->name.begin(), host->name.end(), is_host_octet))
    return "is no relay (@NAME, HOST, HOST:PORT, [ADDRESS]:PORT with a port from 1 to 65535, or - for none)";
  route.relay_host = word.front() == '[' ? "[" + host->name + "]" : host->name;
  route.relay_port = static_cast<std::uint16_t>(host->port);
  return {};
}

std::string quoted(std::string_view word) { return "'" + base::escape(word) + "' "; }

}  // namespace

base::Result<Routes> Routes::parse(std::string_view text, std::string_view file, std::string_view spool_root) {
  Routes routes;
  for (const auto& line : numbered_lines(text)) {
    const auto words = words_of(line.text);
    if (words.empty() || words[0].front() == '#') continue;
    if (words.size() < 3 || words.size() > 4) {
      return fault(file, line.number, std::to_string(words.size()) + " words; a route is DOMAIN SPOOL PREFIX [RELAY]");
    }
    Route route;
    route.line = line.number;
    route.pattern = lower(words[0]);
    if (const auto wrong = pattern_fault(route.pattern); !wrong.empty())
      return fault(file, line.number, quoted(words[0]) + wrong);
    if (const auto wrong = spool_fault(words[1]); !wrong.empty())
      return fault(file, line.number, quoted(words[1]) + wrong);
    route.spool_name = words[1];
    route.spool = words[1].front() == '/' ? route.spool_name : std::string(spool_root) + "/" + route.spool_name;
    if (words[2] != "-") {
      if (const auto wrong = prefix_fault(words[2]); !wrong.empty())
        return fault(file, line.number, quoted(words[2]) + wrong);
      route.prefix = words[2];
    }
    if (words.size() == 4 && words[3] != "-") {
      if (const auto wrong = take_relay(words[3], route); !wrong.empty())
        return fault(file, line.number, quoted(words[3]) + wrong);
    }
    if (!routes.by_pattern_.emplace(route.pattern, routes.routes_.size()).second) {
      return fault(file, line.number, quoted(words[0]) + "has a route already");
    }
    routes.routes_.push_back(std::move(route));
  }
  return routes;
}

const Route* Routes::find(std::string_view domain) const {
  const std::string wanted = lower(domain);
  const auto get = [&](std::string_view key) -> const Route* {
    const auto found = by_pattern_.find(key);
    return found == by_pattern_.end() ? nullptr : &routes_[found->second];
  };
  if (const Route* route = get(wanted)) return route;
  for (std::size_t dot = wanted.find('.'); dot != std::string::npos; dot = wanted.find('.', dot + 1)) {
    if (dot == 0) continue;  // ".example" is a pattern, no domain of its own
    if (const Route* route = get(std::string_view(wanted).substr(dot))) return route;
  }
  return get("*");
}

base::Result<Routes> load_routes(const Places& places) {
  auto text = read_config_file(places.routes_file());
  if (!text) return text.error();
  return Routes::parse(text->value_or(""), places.routes_file(), places.spool_root());
}

}  // namespace conf
