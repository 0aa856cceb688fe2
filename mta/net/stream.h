// Octets to and from a peer, in the clear or under TLS, for a loop around poll(2).
#pragma once

#include <poll.h>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/deadline.h"
#include "base/fd.h"
#include "base/result.h"
#include "mta/net/tls.h"

namespace net {

class Stream {
 public:
  Stream() = default;
  Stream(base::Fd from, base::Fd to);
  // Both ways on one socket.
  static base::Result<Stream> on(base::Fd socket);

  base::Result<void> set_nonblocking();
  // From here on under TLS, which begins with handshake(). TlsStream::open says what host and ticket are.
  base::Result<void> encrypt(const TlsContext& context, const std::string& host, std::string_view ticket);
  // The failure's error is EAGAIN where it has to wait for reading(), and is to be called again then.
  base::Result<void> handshake() { return tls_->handshake(); }
  // Until there is something that reading() waits for, or the deadline.
  base::Result<void> wait(const base::Deadline& deadline) const;
  [[nodiscard]] const TlsStream* tls() const { return tls_ ? &*tls_ : nullptr; }

  // As base::read_some and base::write_some on a non-blocking descriptor: they wait until the deadline, and then fail
  // with error ETIMEDOUT.
  base::Result<std::size_t> read_some(std::span<char> into, const base::Deadline& deadline);
  base::Result<std::size_t> write_some(std::string_view bytes, const base::Deadline& deadline);
  base::Result<void> write_all(std::string_view bytes, const base::Deadline& deadline);

  // For poll(2), revents 0.
  [[nodiscard]] pollfd reading() const;
  [[nodiscard]] pollfd writing() const;
  // There is something to read that poll(2) does not see.
  [[nodiscard]] bool has_pending() const { return tls_ && tls_->has_pending(); }

  void close();

 private:
  base::Fd from_;
  base::Fd to_;
  std::optional<TlsStream> tls_;  // behind the descriptors that it uses
};

}  // namespace net
