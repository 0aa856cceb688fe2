// A call's end at a TCP server: connecting without waiting, reading and writing what goes at once.
#pragma once

#include <netdb.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace emulator {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
};

// "HOST:PORT", "[::1]:25"; every address that the host has.
base::Result<std::vector<SocketAddress>> resolve(const std::string& address);

class Socket {
 public:
  enum class State { connecting, open, failed };

  explicit Socket(std::vector<SocketAddress> addresses);
  // One that is open already; an invalid one has failed.
  explicit Socket(base::Fd fd) : fd_(std::move(fd)), state_(fd_.valid() ? State::open : State::failed) {}

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] const base::Fd& fd() const { return fd_; }
  // The connecting socket can be written: it is open, or the next address is tried.
  void connected();
  // 0: the end; empty: nothing for now.
  std::optional<std::size_t> read(std::span<char> into);
  // Sends what it can of what waits. False: the far end is gone.
  bool flush();
  std::string pending;

 private:
  void try_next();

  std::vector<SocketAddress> addresses_;
  std::size_t next_ = 0;
  base::Fd fd_;
  State state_ = State::connecting;
};

}  // namespace emulator
