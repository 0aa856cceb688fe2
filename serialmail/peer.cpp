#include "serialmail/peer.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cstdlib>

#include "base/tcp_connect.h"
#include "mta/net/tcp_use.h"

namespace serialmail {
namespace {

constexpr int ucspi_from = 6;
constexpr int ucspi_to = 7;

// A second of a 33,600 bit/s line: enough to keep it filled over a sync of the journal.
constexpr int max_unsent_bytes = 4096;

base::Result<Peer> peer_of(base::Result<base::TcpConnection> connection) {
  if (!connection) return connection.error();
  Peer peer;
  peer.to = base::Fd(::fcntl(connection->fd.get(), F_DUPFD_CLOEXEC, 0));
  if (!peer.to.valid()) return base::system_failure("duplicate connection");
  peer.from = std::move(connection->fd);
  peer.address = std::move(connection->address);
  return peer;
}

}  // namespace

base::Result<Peer> inherited_peer() {
  Peer peer;
  auto from = base::inherit(ucspi_from, "from the server");
  if (!from) return from.error();
  auto to = base::inherit(ucspi_to, "to the server");
  if (!to) return to.error();
  peer.from = std::move(*from);
  peer.to = std::move(*to);
  peer.is_handed_down = true;
  if (const char* address = std::getenv("TCPREMOTEIP")) peer.address = address;
  return peer;
}

base::Result<Peer> connected_peer(const std::string& host, unsigned port) {
  return peer_of(base::connect_tcp(host, port));
}

base::Result<Peer> connecting_peer(const std::string& address, unsigned port) {
  return peer_of(base::start_connecting(address, port));
}

void keep_little_unsent(int to) {
  // A group is one write and is not to wait for the acknowledgement of the one before; what is no TCP has no such wait.
  const int at_once = 1;
  [[maybe_unused]] const int no_tcp = ::setsockopt(to, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
  const int bytes = max_unsent_bytes;
  if (::setsockopt(to, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &bytes, sizeof bytes) == 0) return;
  // Not TCP: a socket pair to somebody who relays, whose buffer is all ahead of the line.
  [[maybe_unused]] const int ignored = ::setsockopt(to, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
}

LineReading read_line(int to, std::uint64_t up, std::uint64_t down) {
  const auto use = net::tcp_use(to);
  if (!use) return {up, down, {}, {}};
  return {use->sent, use->received, use->busy, use->round_trip};
}

}  // namespace serialmail
