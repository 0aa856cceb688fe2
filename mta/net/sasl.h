// One SASL exchange of a client, over GNU SASL; XOAUTH2 and OAUTHBEARER, which that library lacks, are one formatted
// response. No input or output.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "conf/relay.h"
#include "mta/net/credentials.h"

namespace net {

// PBKDF2's iterations (RFC 7677 says 4096 at least): a server could keep us busy for hours.
inline constexpr std::uint64_t max_scram_iterations = 1'000'000;

struct SaslAnswer {
  std::optional<std::string> bytes;  // a secret; none: the server speaks first
  bool is_complete = false;          // nothing more is to be said, and the server has proved what it has to
};

class SaslClient {
 public:
  // The credentials have to outlive it. The host is named to OAuth's servers.
  static base::Result<SaslClient> begin(conf::AuthMechanism mechanism, const Credentials& credentials,
                                        const conf::RelayHost& host);
  SaslClient(SaslClient&&) noexcept;
  SaslClient& operator=(SaslClient&&) noexcept;
  ~SaslClient();

  base::Result<SaslAnswer> start();  // the initial response
  // The answer to a challenge. A failure: the exchange is to be cancelled.
  base::Result<SaslAnswer> answer(std::string_view challenge);

 private:
  struct State;
  explicit SaslClient(std::unique_ptr<State> state);
  base::Result<SaslAnswer> step(std::string_view challenge);
  std::unique_ptr<State> state_;
};

}  // namespace net
