#include "base/tcp_connect.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <memory>

#include "base/deadline.h"
#include "base/io.h"

namespace base {
namespace {

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

std::string without_brackets(const std::string& host) {
  if (host == "0") return "0.0.0.0";  // what tcpclient's HOST 0 means: this machine
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') return host.substr(1, host.size() - 2);
  return host;
}

std::string numeric(const addrinfo& address) {
  std::array<char, NI_MAXHOST> text{};
  if (::getnameinfo(address.ai_addr, address.ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) != 0) {
    return "?";
  }
  return text.data();
}

void set_option(const Fd& fd, int level, int option, int value) {
  // A socket without the option still carries mail.
  [[maybe_unused]] const int ignored = ::setsockopt(fd.get(), level, option, &value, sizeof value);
}

void set_options(const Fd& fd) {
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);  // whole groups are written at once; nothing is gained by waiting
  // A peer is dead that acknowledges neither data nor keepalives for this long, however long its server may think.
  set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(std::chrono::milliseconds(dead_peer_timeout).count()));
  set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, static_cast<int>(dead_peer_timeout.count()) / 2);
  set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, static_cast<int>(dead_peer_timeout.count()) / 6);
  set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
}

Result<Fd> begin_to_connect(const addrinfo& address) {
  Fd fd(::socket(address.ai_family, address.ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, address.ai_protocol));
  if (!fd.valid()) return system_failure("socket");
  if (::connect(fd.get(), address.ai_addr, address.ai_addrlen) == 0) return fd;
  if (errno != EINPROGRESS && errno != EINTR) return system_failure("connect");
  return fd;
}

Result<Fd> connect_address(const addrinfo& address, std::chrono::milliseconds timeout) {
  auto begun = begin_to_connect(address);
  if (!begun) return begun.error();
  Fd fd = std::move(*begun);
  const auto ready = wait_ready(fd, Interest::write, Deadline::after(timeout));
  if (!ready) return ready.error();
  if (!*ready) return system_failure("connect", ETIMEDOUT);
  int error = 0;
  socklen_t length = sizeof error;
  if (::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &length) < 0) error = errno;
  if (error != 0) return system_failure("connect", error);
  return fd;
}

}  // namespace

Result<TcpConnection> connect_tcp(const std::string& host, unsigned port,
                                  std::chrono::milliseconds timeout_per_address) {
  const std::string name = without_brackets(host);
  const std::string service = std::to_string(port);
  const std::string what = "unable to connect to " + host + " port " + service;
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(name.c_str(), service.c_str(), &hints, &found); error != 0) {
    return temporary(what + ": " + ::gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, FreeAddresses> addresses(found);
  Failure last = temporary(what + ": no address");
  for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
    auto fd = connect_address(*address, timeout_per_address);
    if (fd) {
      set_options(*fd);
      return TcpConnection{std::move(*fd), numeric(*address)};
    }
    last = system_failure(what + " (" + numeric(*address) + ")", fd.error().error);
  }
  return last;
}

Result<TcpConnection> start_connecting(const std::string& address, unsigned port) {
  const std::string service = std::to_string(port);
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | AI_NUMERICHOST;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(address.c_str(), service.c_str(), &hints, &found); error != 0) {
    return temporary("unable to connect to " + address + ": " + ::gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, FreeAddresses> freed(found);
  auto fd = begin_to_connect(*found);
  if (!fd) return fd.error();
  set_options(*fd);
  return TcpConnection{std::move(*fd), address};
}

}  // namespace base
