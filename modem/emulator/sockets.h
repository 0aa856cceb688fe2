// The open sockets of the calls that lead to servers and to programs.
#pragma once

#include <poll.h>

#include <chrono>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/child.h"
#include "modem/emulator/emulation.h"
#include "modem/emulator/socket.h"

namespace emulator {

class Sockets {
 public:
  using Programs = std::map<std::string, std::vector<std::string>>;
  Sockets(Emulation& emulation, const Programs& programs) : emulation_(emulation), programs_(programs) {}

  // Looks the addresses up that may be called.
  base::Result<void> prepare(const std::vector<std::string>& addresses);

  void open(const OpenSocket& wanted);
  // What waits is sent first, for a short while.
  void close(End end);

  // Adds what is to be polled; serve() finds its answers there.
  void poll(Time now, std::vector<pollfd>& polled);
  std::vector<Output> serve(Time now, const std::vector<pollfd>& polled);
  // Octets of the line for the servers, as far as they take them.
  std::vector<Output> deliver(Time now);

  [[nodiscard]] bool closing() const;
  // Programs whose call is over are still there.
  [[nodiscard]] bool lingering() const { return !ending_.empty(); }
  // When the line brings something or has room; empty: not by time alone.
  [[nodiscard]] std::optional<Time> due(Time now) const;

 private:
  struct Connection {
    Socket socket;
    std::size_t polled = 0;  // its place among what is polled
    bool closing = false;
    std::chrono::steady_clock::time_point until{};
    std::optional<base::Child> program{};
    bool opened = false;  // the program's end was told
  };
  // It reads the end of its input, and is killed when it does not go.
  struct Ending {
    base::Child program;
    std::chrono::steady_clock::time_point until;
  };
  Connection start(const std::string& name) const;
  void look_at_ending();
  [[nodiscard]] short events_of(Time now, End end, const Connection& connection) const;
  void serve(Time now, End end, Connection& connection, short ready, std::vector<Output>& outputs);
  void read(Time now, End end, Connection& connection, std::vector<Output>& outputs);

  Emulation& emulation_;
  const Programs& programs_;
  std::map<End, Connection> connections_;
  std::list<Ending> ending_;
  std::map<std::string, std::vector<SocketAddress>> addresses_;
};

}  // namespace emulator
