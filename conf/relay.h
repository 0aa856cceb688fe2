// relays/NAME.toml: a provider that takes our mail, where it listens and how we log in there.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "conf/places.h"
#include "conf/toml.h"

namespace conf {

enum class RelayTls { none, starttls, implicit };

// Strongest first. The last two carry a token and not a password.
enum class AuthMechanism { scram_sha_256, cram_md5, plain, login, oauthbearer, xoauth2 };

// As RFC 4954 and the registry of SASL mechanisms spell it.
std::string_view sasl_name(AuthMechanism mechanism);
// Case is ignored, as RFC 4422 §3.1 allows only capitals.
std::optional<AuthMechanism> sasl_mechanism(std::string_view name);

struct RelayHost {
  std::string name;  // an IPv6 address without brackets
  unsigned port = 0;
  [[nodiscard]] std::string text() const;  // "mail.example:587", "[2001:db8::1]:587"
  friend bool operator==(const RelayHost&, const RelayHost&) = default;
};

// "HOST", "HOST:PORT", "[ADDRESS]:PORT"; empty when the text is none of them.
std::optional<RelayHost> parse_relay_host(std::string_view text, unsigned default_port);

struct RelayAuth {
  std::string user;
  std::vector<AuthMechanism> mechanisms;  // allowed ones, strongest first; never empty
  std::string secret;                     // a file with the password; empty: handed down on a descriptor
  std::vector<std::string> token;         // a program that prints a token, and its arguments
  bool plain_without_tls = false;
};

struct RelayProfile {
  std::string name;              // of the file, without .toml
  std::string file;              // for the text of a failure
  std::vector<RelayHost> hosts;  // in this order
  RelayTls tls = RelayTls::starttls;
  std::string ca;    // a file of certificates; empty: the system's
  std::string helo;  // empty: control/helohost
  std::optional<RelayAuth> auth;
};

// Asks the table for its keys; faults stay in the file (toml.h). What one key needs of another is complained of as
// well. Relative paths stay as they are written.
RelayProfile read_relay(TomlTable& table);

// Permanent with file, line and key for every fault. A name that is not there names the nearest that is. Relative
// paths are taken from the configuration's folder.
base::Result<RelayProfile> load_relay(const Places& places, const std::string& name);

}  // namespace conf
