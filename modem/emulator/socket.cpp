#include "modem/emulator/socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace emulator {

base::Result<std::vector<SocketAddress>> resolve(const std::string& address) {
  const auto colon = address.rfind(':');
  std::string host = address.substr(0, colon);
  const std::string port = address.substr(colon + 1);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found); error != 0) {
    return base::temporary("look up " + host + ": " + ::gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  std::vector<SocketAddress> addresses;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    SocketAddress copy;
    copy.length = one->ai_addrlen;
    std::memcpy(&copy.storage, one->ai_addr, one->ai_addrlen);
    addresses.push_back(copy);
  }
  return addresses;
}

Socket::Socket(std::vector<SocketAddress> addresses) : addresses_(std::move(addresses)) { try_next(); }

void Socket::try_next() {
  while (next_ < addresses_.size()) {
    const SocketAddress& address = addresses_[next_++];
    fd_ = base::Fd(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd_.valid()) continue;
    const int on = 1;
    ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const int done = ::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.length);
    if (done == 0 || errno == EINPROGRESS) return;  // a connect that is done can be written too
  }
  fd_.reset();
  state_ = State::failed;
}

void Socket::connected() {
  int error = 0;
  socklen_t length = sizeof error;
  if (::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &length) == 0 && error == 0) {
    state_ = State::open;
  } else {
    try_next();
  }
}

std::optional<std::size_t> Socket::read(std::span<char> into) {
  const ssize_t count = ::recv(fd_.get(), into.data(), into.size(), 0);
  if (count >= 0) return static_cast<std::size_t>(count);
  if (errno == EAGAIN || errno == EINTR) return std::nullopt;
  return 0;
}

bool Socket::flush() {
  while (!pending.empty()) {
    const ssize_t count = ::send(fd_.get(), pending.data(), pending.size(), MSG_NOSIGNAL);
    if (count < 0) return errno == EAGAIN || errno == EINTR;
    pending.erase(0, static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace emulator
