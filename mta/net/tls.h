// TLS for our clients, over OpenSSL: chain and host name checked, 1.2 at least, no renegotiation, no early data.
// Nothing here waits: each operation is tried once and says what it waits for.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"
#include "mta/mail/clock_floor.h"

namespace net {

// What all sessions with one relay share: which certificates are believed, and what is known of our clock.
class TlsContext {
 public:
  // ca: a file of certificates in PEM; empty: the system's. The floor has observed the present time.
  static base::Result<TlsContext> make(const std::string& ca, mail::ClockFloor floor);
  TlsContext(TlsContext&&) noexcept;
  TlsContext& operator=(TlsContext&&) noexcept;
  ~TlsContext();

 private:
  friend class TlsStream;
  struct State;
  explicit TlsContext(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

class TlsStream {
 public:
  // Over non-blocking descriptors, which may be the same and have to outlive it. The certificate has to be for host, a
  // name or an address. ticket: what ticket() said of an earlier session with that very host, or empty; one that is no
  // good is passed over.
  static base::Result<TlsStream> open(const TlsContext& context, const base::Fd& from, const base::Fd& to,
                                      const std::string& host, std::string_view ticket);
  TlsStream(TlsStream&&) noexcept;
  TlsStream& operator=(TlsStream&&) noexcept;
  ~TlsStream();

  // The failure's error is EAGAIN where the operation has to wait for waits_for(), and is to be called again then.
  base::Result<void> handshake();
  base::Result<std::size_t> read_some(std::span<char> into);  // 0: the end, said by the peer
  // To be repeated with the same octets at the front, be it with more behind them.
  base::Result<std::size_t> write_some(std::string_view bytes);
  void close();  // says that nothing more comes; does not wait

  // poll(2)'s events for the operation that was tried last of its kind.
  [[nodiscard]] short read_waits_for() const;
  [[nodiscard]] short write_waits_for() const;
  // Octets are held that poll(2) on the descriptor knows nothing of.
  [[nodiscard]] bool has_pending() const;

  [[nodiscard]] bool is_resumed() const;
  [[nodiscard]] std::string description() const;  // "TLSv1.3 TLS_AES_256_GCM_SHA384"
  // The newest session to resume, as text; empty: the server gave none in this session. It is a secret.
  [[nodiscard]] std::string ticket() const;

 private:
  struct State;
  explicit TlsStream(std::unique_ptr<State> state);
  base::Failure trouble(int result, short& waits_for, const char* what);
  std::unique_ptr<State> state_;
};

}  // namespace net
