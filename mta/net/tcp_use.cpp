#include "mta/net/tcp_use.h"

#include <linux/tcp.h>  // tcp_info in full; it cannot be included beside <netinet/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstddef>
#include <limits>

namespace net {

std::optional<TcpUse> tcp_use(int socket) {
  tcp_info info{};
  socklen_t length = sizeof info;
  if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &length) < 0) return {};
  if (length < offsetof(tcp_info, tcpi_bytes_sent) + sizeof info.tcpi_bytes_sent) return {};
  TcpUse use;
  use.sent = info.tcpi_bytes_sent;
  use.received = info.tcpi_bytes_received;
  use.busy = std::chrono::microseconds(info.tcpi_busy_time);
  const bool is_measured = info.tcpi_min_rtt != std::numeric_limits<__u32>::max();
  if (is_measured) use.round_trip = std::chrono::microseconds(info.tcpi_min_rtt);
  return use;
}

}  // namespace net
