#include "base/tcp_connect.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <catch2/catch.hpp>

namespace {

// A socket on loopback; listening or only bound.
std::pair<base::Fd, unsigned> bound(bool listens) {
  base::Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  REQUIRE(::bind(fd.get(), generic, length) == 0);
  REQUIRE(::getsockname(fd.get(), generic, &length) == 0);
  if (listens) REQUIRE(::listen(fd.get(), 4) == 0);
  return {std::move(fd), ntohs(address.sin_port)};
}

}  // namespace

TEST_CASE("a host may be a name, an address, a bracketed address or 0", "[base][tcp_connect]") {
  const auto [server, port] = bound(true);
  for (const auto* host : {"127.0.0.1", "[127.0.0.1]", "localhost", "0"}) {
    const auto connection = base::connect_tcp(host, port);
    REQUIRE(connection);
    CHECK(connection->address == (std::string(host) == "0" ? "0.0.0.0" : "127.0.0.1"));
  }
}

TEST_CASE("a connection of our own is dead after 60 seconds without an acknowledgement", "[base][tcp_connect]") {
  const auto [server, port] = bound(true);
  for (const bool waits : {true, false}) {  // a first connection, and a further one
    const auto connection = waits ? base::connect_tcp("127.0.0.1", port) : base::start_connecting("127.0.0.1", port);
    REQUIRE(connection);
    const auto option = [&](int level, int name) {
      int value = 0;
      socklen_t length = sizeof value;
      REQUIRE(::getsockopt(connection->fd.get(), level, name, &value, &length) == 0);
      return value;
    };
    CHECK(option(IPPROTO_TCP, TCP_USER_TIMEOUT) == 60'000);
    CHECK(option(SOL_SOCKET, SO_KEEPALIVE) == 1);
    CHECK(option(IPPROTO_TCP, TCP_KEEPIDLE) + option(IPPROTO_TCP, TCP_KEEPCNT) * option(IPPROTO_TCP, TCP_KEEPINTVL) ==
          60);
  }
}

TEST_CASE("every failure to connect is temporary and names host and port", "[base][tcp_connect]") {
  const auto [server, port] = bound(false);
  const auto refused = base::connect_tcp("127.0.0.1", port);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == base::FailureKind::temporary);
  CHECK(refused.error().text.find("127.0.0.1 port " + std::to_string(port)) != std::string::npos);
  const auto nowhere = base::connect_tcp("[not an address]", port);
  REQUIRE_FALSE(nowhere);
  CHECK(nowhere.error().kind == base::FailureKind::temporary);
}
