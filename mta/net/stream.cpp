#include "mta/net/stream.h"

#include <fcntl.h>

#include <utility>

#include "base/io.h"

namespace net {
namespace {

base::Result<bool> wait_for(const pollfd& what, const base::Deadline& deadline) {
  for (;;) {
    pollfd entry = what;
    const int n = ::poll(&entry, 1, deadline.poll_timeout());
    if (n > 0) return true;
    if (n == 0 && deadline.passed()) return false;
    if (n < 0 && errno != EINTR) return base::system_failure("poll");
  }
}

// Tries again whenever what it waits for has come.
template <class Try, class WaitsFor>
auto persist(const Try& attempt, const WaitsFor& waits_for, const base::Deadline& deadline) -> decltype(attempt()) {
  for (;;) {
    auto done = attempt();
    if (done || done.error().error != EAGAIN) return done;
    const auto ready = wait_for(waits_for(), deadline);
    if (!ready) return ready.error();
    if (!*ready) return base::system_failure("wait for the peer", ETIMEDOUT);
  }
}

}  // namespace

Stream::Stream(base::Fd from, base::Fd to) : from_(std::move(from)), to_(std::move(to)) {}

base::Result<Stream> Stream::on(base::Fd socket) {
  base::Fd to(::fcntl(socket.get(), F_DUPFD_CLOEXEC, 0));
  if (!to.valid()) return base::system_failure("duplicate connection");
  return Stream(std::move(socket), std::move(to));
}

base::Result<void> Stream::set_nonblocking() {
  for (const auto* fd : {&from_, &to_}) {
    if (auto set = base::set_nonblocking(*fd, true); !set) return set;
  }
  return {};
}

base::Result<void> Stream::encrypt(const TlsContext& context, const std::string& host, std::string_view ticket) {
  auto opened = TlsStream::open(context, from_, to_, host, ticket);
  if (!opened) return opened.error();
  tls_ = std::move(*opened);
  return {};
}

base::Result<void> Stream::wait(const base::Deadline& deadline) const {
  const auto ready = wait_for(reading(), deadline);
  return ready ? base::Result<void>() : ready.error();
}

base::Result<std::size_t> Stream::read_some(std::span<char> into, const base::Deadline& deadline) {
  if (!tls_) return base::read_some(from_, into, deadline);
  return persist([&] { return tls_->read_some(into); }, [this] { return reading(); }, deadline);
}

base::Result<std::size_t> Stream::write_some(std::string_view bytes, const base::Deadline& deadline) {
  if (!tls_) return base::write_some(to_, bytes, deadline);
  return persist([&] { return tls_->write_some(bytes); }, [this] { return writing(); }, deadline);
}

base::Result<void> Stream::write_all(std::string_view bytes, const base::Deadline& deadline) {
  while (!bytes.empty()) {
    const auto n = write_some(bytes, deadline);
    if (!n) return n.error();
    bytes.remove_prefix(*n);
  }
  return {};
}

pollfd Stream::reading() const {
  const short events = tls_ ? tls_->read_waits_for() : short{POLLIN};
  return {(events == POLLIN ? from_ : to_).get(), events, 0};
}

pollfd Stream::writing() const {
  const short events = tls_ ? tls_->write_waits_for() : short{POLLOUT};
  return {(events == POLLIN ? from_ : to_).get(), events, 0};
}

void Stream::close() {
  if (tls_) tls_->close();
  tls_.reset();
  from_.reset();
  to_.reset();
}

}  // namespace net
