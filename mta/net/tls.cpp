#include "mta/net/tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <optional>

#include "base/secret.h"
#include "mta/net/certificate_time.h"

namespace net {
namespace {

template <auto free_it>
struct Free {
  template <class T>
  void operator()(T* object) const {
    free_it(object);
  }
};
using Context = std::unique_ptr<SSL_CTX, Free<SSL_CTX_free>>;
using Connection = std::unique_ptr<SSL, Free<SSL_free>>;
using Session = std::unique_ptr<SSL_SESSION, Free<SSL_SESSION_free>>;
using Memory = std::unique_ptr<BIO, Free<BIO_free_all>>;

// One record; a block that the caller may have to repeat is no larger.
constexpr std::size_t max_record_bytes = 16384;

std::string library_error(std::string_view fallback) {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  if (code == 0) return std::string(fallback);
  const char* reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : std::string(fallback);
}

bool is_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> octets{};
  return ::inet_pton(AF_INET, host.c_str(), octets.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), octets.data()) == 1;
}

bool expect_host(SSL* ssl, const std::string& host) {
  if (is_address(host)) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1;
  SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (SSL_set1_host(ssl, host.c_str()) != 1) return false;
  // What SSL_set_tlsext_host_name means, whose cast our warnings refuse.
  return SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(host.c_str())) == 1;
}

std::int64_t seconds_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return 0;
  return ::timegm(&parts);
}

Session read_ticket(std::string_view text) {
  const Memory memory(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  Session session(memory ? PEM_read_bio_SSL_SESSION(memory.get(), nullptr, nullptr, nullptr) : nullptr);
  ERR_clear_error();
  return session;
}

}  // namespace

struct TlsContext::State {
  Context context;
  mail::ClockFloor floor;
};

struct TlsStream::State {
  mail::ClockFloor floor;
  std::string host;
  Connection ssl;
  Session latest;
  std::optional<CertificateTime> bad_time;
  short read_waits_for = POLLIN;
  short write_waits_for = POLLOUT;

  // Called by OpenSSL; what its objects hold of ours is the State.
  static int on_session(SSL* ssl, SSL_SESSION* session) {
    static_cast<State*>(SSL_get_app_data(ssl))->latest.reset(session);
    return 1;  // ours now
  }
  static int on_certificate(int is_good, X509_STORE_CTX* store) {
    if (is_good == 1) return is_good;
    auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
    auto* state = static_cast<State*>(SSL_get_app_data(ssl));
    const X509* certificate = X509_STORE_CTX_get_current_cert(store);
    const int error = X509_STORE_CTX_get_error(store);
    if (certificate != nullptr && error == X509_V_ERR_CERT_NOT_YET_VALID)
      state->bad_time = CertificateTime{true, seconds_of(X509_get0_notBefore(certificate))};
    if (certificate != nullptr && error == X509_V_ERR_CERT_HAS_EXPIRED)
      state->bad_time = CertificateTime{false, seconds_of(X509_get0_notAfter(certificate))};
    return is_good;
  }

  [[nodiscard]] std::string certificate_text() const {
    if (bad_time) return certificate_time_text(*bad_time, std::time(nullptr), floor);
    const long verdict = SSL_get_verify_result(ssl.get());
    if (verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH)
      return "the certificate is not for " + host;
    return std::string("the certificate does not hold: ") + X509_verify_cert_error_string(verdict);
  }
};

TlsContext::TlsContext(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsContext::TlsContext(TlsContext&&) noexcept = default;
TlsContext& TlsContext::operator=(TlsContext&&) noexcept = default;
TlsContext::~TlsContext() = default;

base::Result<TlsContext> TlsContext::make(const std::string& ca, mail::ClockFloor floor) {
  auto state = std::make_unique<State>();
  state->floor = std::move(floor);
  state->context.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* context = state->context.get();
  if (context == nullptr || SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1)
    return base::temporary("set up TLS: " + library_error("no memory"));
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  const int loaded =
      ca.empty() ? SSL_CTX_set_default_verify_paths(context) : SSL_CTX_load_verify_file(context, ca.c_str());
  if (loaded != 1)
    return base::permanent("read certificates of " + (ca.empty() ? "the system" : ca) + ": " +
                           library_error("there are none"));
  return TlsContext(std::move(state));
}

TlsStream::TlsStream(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsStream::TlsStream(TlsStream&&) noexcept = default;
TlsStream& TlsStream::operator=(TlsStream&&) noexcept = default;
TlsStream::~TlsStream() = default;

base::Result<TlsStream> TlsStream::open(const TlsContext& context, const base::Fd& from, const base::Fd& to,
                                        const std::string& host, std::string_view ticket) {
  auto state = std::make_unique<State>();
  state->floor = context.state_->floor;
  state->host = host;
  SSL_CTX_sess_set_new_cb(context.state_->context.get(), State::on_session);
  state->ssl.reset(SSL_new(context.state_->context.get()));
  SSL* ssl = state->ssl.get();
  if (ssl == nullptr || SSL_set_rfd(ssl, from.get()) != 1 || SSL_set_wfd(ssl, to.get()) != 1 || !expect_host(ssl, host))
    return base::temporary("set up TLS: " + library_error("no memory"));
  SSL_set_app_data(ssl, state.get());
  SSL_set_verify(ssl, SSL_VERIFY_PEER, State::on_certificate);
  SSL_set_connect_state(ssl);
  if (!ticket.empty()) {
    const auto session = read_ticket(ticket);
    if (session && SSL_set_session(ssl, session.get()) != 1) ERR_clear_error();
  }
  return TlsStream(std::move(state));
}

base::Failure TlsStream::trouble(int result, short& waits_for, const char* what) {
  const int saved = errno;
  const std::string before = std::string(what) + ": ";
  switch (SSL_get_error(state_->ssl.get(), result)) {
    case SSL_ERROR_WANT_READ:
      waits_for = POLLIN;
      return {base::FailureKind::temporary, before + "would wait", EAGAIN};
    case SSL_ERROR_WANT_WRITE:
      waits_for = POLLOUT;
      return {base::FailureKind::temporary, before + "would wait", EAGAIN};
    case SSL_ERROR_SYSCALL:
      ERR_clear_error();
      return base::system_failure(what, saved != 0 ? saved : ECONNRESET);
    default:
      break;
  }
  const bool is_certificate = SSL_get_verify_result(state_->ssl.get()) != X509_V_OK;
  std::string text = library_error("broken");
  if (is_certificate) text = state_->certificate_text();
  return base::temporary(before + text);
}

base::Result<void> TlsStream::handshake() {
  ERR_clear_error();
  errno = 0;
  const int result = SSL_do_handshake(state_->ssl.get());
  if (result == 1) {
    state_->read_waits_for = POLLIN;
    return {};
  }
  return trouble(result, state_->read_waits_for, "TLS handshake");
}

base::Result<std::size_t> TlsStream::read_some(std::span<char> into) {
  ERR_clear_error();
  errno = 0;
  std::size_t n = 0;
  const int result = SSL_read_ex(state_->ssl.get(), into.data(), into.size(), &n);
  state_->read_waits_for = POLLIN;
  if (result == 1) return n;
  if (SSL_get_error(state_->ssl.get(), result) == SSL_ERROR_ZERO_RETURN) return std::size_t{0};
  return trouble(result, state_->read_waits_for, "read TLS");
}

base::Result<std::size_t> TlsStream::write_some(std::string_view bytes) {
  ERR_clear_error();
  errno = 0;
  std::size_t n = 0;
  const auto piece = bytes.substr(0, max_record_bytes);
  const int result = SSL_write_ex(state_->ssl.get(), piece.data(), piece.size(), &n);
  state_->write_waits_for = POLLOUT;
  if (result == 1) return n;
  return trouble(result, state_->write_waits_for, "write TLS");
}

void TlsStream::close() {
  ERR_clear_error();
  if (SSL_in_init(state_->ssl.get()) == 0) SSL_shutdown(state_->ssl.get());
  ERR_clear_error();
}

short TlsStream::read_waits_for() const { return state_->read_waits_for; }
short TlsStream::write_waits_for() const { return state_->write_waits_for; }
// What is decrypted. Part of a record counts for nothing: its rest comes by the descriptor, and we would spin.
bool TlsStream::has_pending() const { return SSL_pending(state_->ssl.get()) > 0; }
bool TlsStream::is_resumed() const { return SSL_session_reused(state_->ssl.get()) == 1; }

std::string TlsStream::description() const {
  return std::string(SSL_get_version(state_->ssl.get())) + " " + SSL_get_cipher_name(state_->ssl.get());
}

std::string TlsStream::ticket() const {
  if (!state_->latest || SSL_SESSION_is_resumable(state_->latest.get()) != 1) return {};
  const Memory memory(BIO_new(BIO_s_secmem()));
  if (!memory || PEM_write_bio_SSL_SESSION(memory.get(), state_->latest.get()) != 1) return {};
  char* data = nullptr;
  const long length = BIO_get_mem_data(memory.get(), &data);
  return {data, static_cast<std::size_t>(length)};
}

}  // namespace net
