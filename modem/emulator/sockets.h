// The open sockets of the calls that lead to servers.
#pragma once

#include <poll.h>

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "modem/emulator/emulation.h"
#include "modem/emulator/socket.h"

namespace emulator {

class Sockets {
 public:
  explicit Sockets(Emulation& emulation) : emulation_(emulation) {}

  // Looks the addresses up that may be called.
  base::Result<void> prepare(const std::vector<std::string>& addresses);

  void open(End end, const std::string& address);
  // What waits is sent first, for a short while.
  void close(End end);

  // Adds what is to be polled; serve() finds its answers there.
  void poll(Time now, std::vector<pollfd>& polled);
  std::vector<Output> serve(Time now, const std::vector<pollfd>& polled);
  // Octets of the line for the servers, as far as they take them.
  std::vector<Output> deliver(Time now);

  [[nodiscard]] bool closing() const;
  // When the line brings something or has room; empty: not by time alone.
  [[nodiscard]] std::optional<Time> due(Time now) const;

 private:
  struct Connection {
    Socket socket;
    std::size_t polled = 0;  // its place among what is polled
    bool closing = false;
    std::chrono::steady_clock::time_point until{};
  };
  [[nodiscard]] short events_of(Time now, End end, const Connection& connection) const;
  void serve(Time now, End end, Connection& connection, short ready, std::vector<Output>& outputs);
  void read(Time now, End end, Connection& connection, std::vector<Output>& outputs);

  Emulation& emulation_;
  std::map<End, Connection> connections_;
  std::map<std::string, std::vector<SocketAddress>> addresses_;
};

}  // namespace emulator
