// What is remembered of a relay between calls, in state/relays/NAME: its last good address, its TLS session, and that
// it refused our login. All of it may be lost at any time.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/directory.h"
#include "conf/places.h"
#include "conf/relay.h"

namespace net {

// Providers lock accounts that try too often.
inline constexpr std::chrono::minutes parking_time{10};

struct KnownAddress {
  conf::RelayHost host;
  std::string address;
};

class RelayMemory {
 public:
  // A folder that cannot be made is one warning: nothing is remembered then.
  static RelayMemory open(const conf::Places& places, const conf::RelayProfile& relay);

  // Only of a host that the relay still has.
  [[nodiscard]] std::optional<KnownAddress> address() const;
  void remember_address(const KnownAddress& known);

  // A secret, and only for the same host, port and certificates of authorities; empty: none.
  [[nodiscard]] std::string ticket(const conf::RelayHost& host) const;
  void remember_ticket(const conf::RelayHost& host, std::string_view ticket);
  void forget_ticket();

  // Why no login is to be tried now: one was refused less than parking_time ago, and neither the relay's file nor the
  // secret's has changed since.
  [[nodiscard]] std::optional<std::string> parked(std::int64_t now) const;
  void park(const std::string& why);
  void unpark();

 private:
  explicit RelayMemory(const conf::RelayProfile& relay) : relay_(relay) {}
  [[nodiscard]] std::string read(const char* name) const;
  void write(const char* name, std::string_view bytes);
  void forget(const char* name);
  [[nodiscard]] std::string ticket_key(const conf::RelayHost& host) const;

  const conf::RelayProfile& relay_;
  std::optional<base::Directory> folder_;
};

}  // namespace net
