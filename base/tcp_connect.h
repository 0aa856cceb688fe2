// One TCP connection to a named host.
#pragma once

#include <chrono>
#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace base {

// A dead line shows only by silence, and every address of a host is tried with this much patience.
inline constexpr std::chrono::seconds connect_timeout{60};

// Without an acknowledgement of data, or of keepalives while nothing is sent, the connection is given up.
inline constexpr std::chrono::seconds dead_peer_timeout{60};

struct TcpConnection {
  Fd fd;                // non-blocking, TCP_NODELAY, keepalive
  std::string address;  // the peer's, without brackets: "192.0.2.1", "2001:db8::1"
};

// HOST is a name, a dotted quad, an IPv6 address with or without brackets, or "0" for this machine; all its addresses
// are tried in the resolver's order. Every failure is temporary: the line may be down, the resolver unreachable.
Result<TcpConnection> connect_tcp(const std::string& host, unsigned port,
                                  std::chrono::milliseconds timeout_per_address = connect_timeout);

// Begins to connect to a numeric address and does not wait: the connection can be read from once it has octets or has
// failed.
Result<TcpConnection> start_connecting(const std::string& address, unsigned port);

}  // namespace base
