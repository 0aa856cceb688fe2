#include "conf/relay.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/bug.h"
#include "conf/named_file.h"
#include "conf/text.h"

namespace conf {
namespace {

constexpr std::size_t max_hosts = 16;
constexpr std::size_t max_name_bytes = 255;  // RFC 5321 §4.5.3.1.2
constexpr unsigned max_port = 65535;

constexpr std::array mechanisms{
    std::pair{AuthMechanism::scram_sha_256, "SCRAM-SHA-256"},
    std::pair{AuthMechanism::cram_md5, "CRAM-MD5"},
    std::pair{AuthMechanism::plain, "PLAIN"},
    std::pair{AuthMechanism::login, "LOGIN"},
    std::pair{AuthMechanism::oauthbearer, "OAUTHBEARER"},
    std::pair{AuthMechanism::xoauth2, "XOAUTH2"},
};

bool is_for_token(AuthMechanism mechanism) {
  return mechanism == AuthMechanism::oauthbearer || mechanism == AuthMechanism::xoauth2;
}

bool is_clear_text(AuthMechanism mechanism) {
  return mechanism != AuthMechanism::scram_sha_256 && mechanism != AuthMechanism::cram_md5;
}

std::vector<std::string> mechanism_words() {
  std::vector<std::string> words;
  for (const auto& [mechanism, name] : mechanisms) words.push_back(lower(name));
  return words;
}

// One word of a command line of ours: a blank or a control character in it would begin another.
bool is_word(std::string_view text) {
  return !text.empty() && text.size() <= max_name_bytes &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 127; });
}

unsigned default_port(RelayTls tls) {
  switch (tls) {
    case RelayTls::none:
      return 25;
    case RelayTls::starttls:
      return 587;  // RFC 6409
    case RelayTls::implicit:
      return 465;  // RFC 8314
  }
  base::bug("relay: bad kind of TLS");
}

void read_hosts(TomlTable& table, RelayProfile& relay) {
  const auto hosts = table.texts("hosts", Need::required);
  if (!hosts) return;
  if (hosts->empty()) table.complain("hosts", "names no host");
  if (hosts->size() > max_hosts) table.complain("hosts", "names more than " + std::to_string(max_hosts) + " hosts");
  for (const auto& text : *hosts) {
    auto host = parse_relay_host(text, default_port(relay.tls));
    if (host) {
      relay.hosts.push_back(std::move(*host));
    } else {
      table.complain("hosts", "holds what is no HOST, HOST:PORT or [ADDRESS]:PORT");
    }
  }
}

void read_mechanisms(TomlTable& table, RelayAuth& auth) {
  const bool by_token = !auth.token.empty();
  const auto words = table.choices("mechanisms", mechanism_words());
  for (const auto& [mechanism, name] : mechanisms) {
    const bool is_named = words && std::find(words->begin(), words->end(), lower(name)) != words->end();
    if (words ? is_named : is_for_token(mechanism) == by_token) auth.mechanisms.push_back(mechanism);
    if (is_named && is_for_token(mechanism) && !by_token)
      table.complain("mechanisms", "names " + lower(name) + ", which needs the key token");
    if (is_named && !is_for_token(mechanism) && by_token)
      table.complain("mechanisms", "names " + lower(name) + ", which is of no use for a token");
  }
  if (words && words->empty()) table.complain("mechanisms", "names none");
}

RelayAuth read_auth(TomlTable& table, RelayTls tls) {
  RelayAuth auth;
  const auto user = table.text("user", Need::required);
  auth.user = user.value_or("");
  if (user && (user->empty() || user->find_first_of(std::string_view("\0\x01\r\n", 4)) != std::string::npos))
    table.complain("user", "is no user's name");
  const auto secret = table.text("secret");
  if (secret && secret->empty()) table.complain("secret", "names no file");
  auth.secret = secret.value_or("");
  const auto token = table.texts("token");
  auth.token = token.value_or(std::vector<std::string>());
  if (token && (token->empty() || token->front().empty())) table.complain("token", "names no program");
  if (secret && token) table.complain("token", "and secret are both there: one of them");
  read_mechanisms(table, auth);
  auth.plain_without_tls = table.boolean("plain_without_tls").value_or(false);
  const bool only_clear = std::all_of(auth.mechanisms.begin(), auth.mechanisms.end(), is_clear_text);
  if (tls == RelayTls::none && only_clear && !auth.plain_without_tls)
    table.complain("mechanisms", "would all send the secret in the clear: tls is \"none\"");
  return auth;
}

}  // namespace

std::string_view sasl_name(AuthMechanism mechanism) {
  for (const auto& [known, name] : mechanisms) {
    if (known == mechanism) return name;
  }
  base::bug("relay: bad mechanism");
}

std::optional<AuthMechanism> sasl_mechanism(std::string_view name) {
  for (const auto& [mechanism, known] : mechanisms) {
    if (lower(name) == lower(known)) return mechanism;
  }
  return std::nullopt;
}

std::string RelayHost::text() const {
  const bool is_ipv6 = name.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + name + "]" : name) + ":" + std::to_string(port);
}

std::optional<RelayHost> parse_relay_host(std::string_view text, unsigned default_port) {
  RelayHost host;
  host.port = default_port;
  std::string_view rest;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    host.name = text.substr(1, end - 1);
    rest = text.substr(end + 1);
  } else {
    const auto colon = text.find(':');
    host.name = text.substr(0, colon);
    if (colon != std::string_view::npos) rest = text.substr(colon);
  }
  if (!is_word(host.name) || host.name.find_first_of("[]/") != std::string::npos) return std::nullopt;
  if (rest.empty()) return host;
  const auto port = rest.front() == ':' ? decimal(rest.substr(1)) : std::nullopt;
  if (!port || *port == 0 || *port > max_port) return std::nullopt;
  host.port = static_cast<unsigned>(*port);
  return host;
}

RelayProfile read_relay(TomlTable& table) {
  RelayProfile relay;
  if (const auto tls = table.choice("tls", {"none", "starttls", "implicit"})) {
    relay.tls = *tls == "none" ? RelayTls::none : *tls == "starttls" ? RelayTls::starttls : RelayTls::implicit;
  }
  read_hosts(table, relay);
  relay.ca = table.text("ca").value_or("");
  if (!relay.ca.empty() && relay.tls == RelayTls::none) table.complain("ca", "is of no use: tls is \"none\"");
  const auto helo = table.text("helo");
  relay.helo = helo.value_or("");
  if (helo && !is_word(*helo)) table.complain("helo", "is not a host's name");
  if (auto* auth = table.table("auth")) relay.auth = read_auth(*auth, relay.tls);
  return relay;
}

base::Result<RelayProfile> load_relay(const Places& places, const std::string& name) {
  auto path = named_file(places.relays_dir(), name, "relay");
  if (!path) return path.error();
  auto file = TomlFile::load(*path);
  if (!file) return file.error();
  auto relay = read_relay(file->top());
  if (auto done = file->finish(); !done) return done.error();
  relay.name = name;
  relay.file = *path;
  relay.ca = places.named_path(relay.ca);
  if (relay.auth) relay.auth->secret = places.named_path(relay.auth->secret);
  return relay;
}

}  // namespace conf
