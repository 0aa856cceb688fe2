// What the kernel has counted of a TCP connection.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace net {

struct TcpUse {
  std::uint64_t sent = 0;  // octets that left, those sent again included; with TLS as they were on the wire
  std::uint64_t received = 0;
  std::chrono::microseconds busy{0};        // how long it had octets that were not acknowledged
  std::chrono::microseconds round_trip{0};  // the shortest
};

// Empty for what is no TCP connection, and for a kernel that does not count (before Linux 4.19).
std::optional<TcpUse> tcp_use(int socket);

}  // namespace net
