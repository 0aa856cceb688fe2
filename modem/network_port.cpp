#include "modem/network_port.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "base/tcp_connect.h"
#include "modem/back_ends.h"

namespace modem {
namespace {

using namespace std::chrono_literals;

constexpr auto connect_limit = 10s;         // for each of the host's addresses
constexpr std::size_t max_flushed = 65536;  // a line that never falls silent is not flushed for ever

// The line's octets as they are: no DTR, no DCD, no break, no speed.
class TcpPort final : public NetworkPort {
 public:
  TcpPort(base::Fd fd, const conf::PortName& name) : NetworkPort(std::move(fd), name) {}
  base::Result<std::optional<ModemLines>> lines() override { return std::optional<ModemLines>(); }
  base::Result<void> set_dtr(bool /*on*/) override { return {}; }
  base::Result<void> send_break() override {
    return base::system_failure("send a break on " + device() + ", which carries octets alone", ENOTTY);
  }
};

}  // namespace

base::Result<base::Fd> connect_server(const conf::PortName& name) {
  auto connection = base::connect_tcp(name.host, name.tcp_port, connect_limit);
  if (!connection)
    return base::Failure{base::FailureKind::temporary, "open " + name.canonical() + ": " + connection.error().text,
                         connection.error().error};
  return std::move(connection->fd);
}

base::Result<std::unique_ptr<Port>> open_tcp(const conf::PortName& name) {
  auto fd = connect_server(name);
  if (!fd) return fd.error();
  return std::unique_ptr<Port>(std::make_unique<TcpPort>(std::move(*fd), name));
}

ssize_t NetworkPort::take(std::span<char> into) {
  const auto count = ::recv(fd_.get(), into.data(), into.size(), 0);
  if (count > 0) note({into.data(), static_cast<std::size_t>(count)});
  return count;
}

ssize_t NetworkPort::give(std::string_view bytes) {
  return ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

void NetworkPort::note(std::string_view octets) { text_.received(octets, std::chrono::steady_clock::now()); }

bool NetworkPort::said_no_carrier() { return text_.says_lost(std::chrono::steady_clock::now()); }

base::Result<void> NetworkPort::flush_input() {
  std::array<char, 4096> block{};
  for (std::size_t flushed = 0; flushed < max_flushed;) {
    const auto count = take(block);
    if (count <= 0) break;  // an end is told by the next read
    flushed += static_cast<std::size_t>(count);
  }
  return {};
}

}  // namespace modem
