#include "mta/net/sasl.h"

#include <gsasl.h>
#include <string.h>

#include <cstdint>

#include "base/bug.h"
#include "conf/text.h"

namespace net {
namespace {

using conf::AuthMechanism;

struct FreeLibrary {
  void operator()(Gsasl* library) const { gsasl_done(library); }
};

struct FreeSession {
  void operator()(Gsasl_session* session) const {
    // The library keeps a copy of the password and frees it as it is.
    const char* held = gsasl_property_fast(session, GSASL_PASSWORD);
    if (held != nullptr) ::explicit_bzero(const_cast<char*>(held), ::strlen(held));
    gsasl_finish(session);
  }
};

bool is_oauth(AuthMechanism mechanism) {
  return mechanism == AuthMechanism::oauthbearer || mechanism == AuthMechanism::xoauth2;
}

// RFC 5801 §4: the name in a GS2 header.
std::string gs2_name(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == ',') {
      out += "=2C";
    } else if (c == '=') {
      out += "=3D";
    } else {
      out += c;
    }
  }
  return out;
}

std::string oauth_response(AuthMechanism mechanism, const Credentials& credentials, const conf::RelayHost& host) {
  std::string before;
  if (mechanism == AuthMechanism::xoauth2) {
    before = "user=" + credentials.user + '\x01';
  } else {  // RFC 7628 §3.1
    before = "n,a=" + gs2_name(credentials.user) + ",\x01host=" + host.name + "\x01port=" + std::to_string(host.port) +
             '\x01';
  }
  before += "auth=Bearer ";
  const auto token = credentials.secret.view();
  std::string response;
  response.reserve(before.size() + token.size() + 2);  // growing would leave a copy of the token behind
  response.append(before).append(token).append("\x01\x01");
  return response;
}

// RFC 5802 §5.1: "r=…,s=…,i=4096" is the server's first message.
bool asks_too_much(std::string_view challenge) {
  const auto at = challenge.find(",i=");
  if (at == std::string_view::npos) return false;
  const auto number = challenge.substr(at + 3, challenge.find(',', at + 3) - (at + 3));
  const auto iterations = conf::decimal(number);
  return !iterations || *iterations > max_scram_iterations;
}

base::Failure failure(AuthMechanism mechanism, const std::string& what) {
  return base::temporary(std::string(conf::sasl_name(mechanism)) + ": " + what);
}

}  // namespace

struct SaslClient::State {
  AuthMechanism mechanism = AuthMechanism::plain;
  const Credentials* credentials = nullptr;
  conf::RelayHost host;
  std::unique_ptr<Gsasl, FreeLibrary> library;
  std::unique_ptr<Gsasl_session, FreeSession> session;  // goes before the library
  bool is_complete = false;
};

SaslClient::SaslClient(std::unique_ptr<State> state) : state_(std::move(state)) {}
SaslClient::SaslClient(SaslClient&&) noexcept = default;
SaslClient& SaslClient::operator=(SaslClient&&) noexcept = default;
SaslClient::~SaslClient() = default;

base::Result<SaslClient> SaslClient::begin(AuthMechanism mechanism, const Credentials& credentials,
                                           const conf::RelayHost& host) {
  auto state = std::make_unique<State>();
  state->mechanism = mechanism;
  state->credentials = &credentials;
  state->host = host;
  if (is_oauth(mechanism)) return SaslClient(std::move(state));
  Gsasl* library = nullptr;
  if (const int error = gsasl_init(&library); error != GSASL_OK) return failure(mechanism, gsasl_strerror(error));
  state->library.reset(library);
  Gsasl_session* session = nullptr;
  const std::string name(conf::sasl_name(mechanism));
  if (const int error = gsasl_client_start(library, name.c_str(), &session); error != GSASL_OK)
    return failure(mechanism, gsasl_strerror(error));
  state->session.reset(session);
  const auto secret = credentials.secret.view();
  if (gsasl_property_set(session, GSASL_AUTHID, credentials.user.c_str()) != GSASL_OK ||
      gsasl_property_set_raw(session, GSASL_PASSWORD, secret.data(), secret.size()) != GSASL_OK)
    return failure(mechanism, "no memory");
  return SaslClient(std::move(state));
}

base::Result<SaslAnswer> SaslClient::start() {
  switch (state_->mechanism) {
    case AuthMechanism::scram_sha_256:
    case AuthMechanism::plain:
      return step("");
    case AuthMechanism::cram_md5:
    case AuthMechanism::login:
      return SaslAnswer{};
    case AuthMechanism::oauthbearer:
    case AuthMechanism::xoauth2:
      state_->is_complete = true;
      return SaslAnswer{oauth_response(state_->mechanism, *state_->credentials, state_->host), true};
  }
  base::bug("SaslClient: bad mechanism");
}

base::Result<SaslAnswer> SaslClient::answer(std::string_view challenge) {
  // What comes then is the server's reason for a refusal, which has to be answered (RFC 7628 §3.2.3).
  if (is_oauth(state_->mechanism))
    return SaslAnswer{state_->mechanism == AuthMechanism::oauthbearer ? "\x01" : "", false};
  if (state_->is_complete) return failure(state_->mechanism, "the server asks for more than the mechanism has");
  if (state_->mechanism == AuthMechanism::scram_sha_256 && asks_too_much(challenge))
    return failure(state_->mechanism, "the server asks for too many iterations");
  return step(challenge);
}

base::Result<SaslAnswer> SaslClient::step(std::string_view challenge) {
  char* output = nullptr;
  std::size_t length = 0;
  const int result = gsasl_step(state_->session.get(), challenge.data(), challenge.size(), &output, &length);
  if (result != GSASL_OK && result != GSASL_NEEDS_MORE)
    return failure(state_->mechanism, state_->mechanism == AuthMechanism::scram_sha_256 && !challenge.empty()
                                          ? "the server's proof does not hold: " + std::string(gsasl_strerror(result))
                                          : gsasl_strerror(result));
  state_->is_complete = result == GSASL_OK;
  SaslAnswer answer{std::string(output != nullptr ? output : "", length), state_->is_complete};
  if (output != nullptr) {
    ::explicit_bzero(output, length);
    gsasl_free(output);
  }
  return answer;
}

}  // namespace net
