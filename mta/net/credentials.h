// What we log in with: a password out of a private file or a descriptor, or a token that a program prints.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "base/secret.h"

namespace net {

inline constexpr std::size_t max_password_bytes = 1024;
inline constexpr std::size_t max_token_bytes = 8192;
inline constexpr std::chrono::seconds token_timeout{30};
inline constexpr std::chrono::seconds password_timeout{60};  // who writes it into the pipe may ask a person

struct Credentials {
  std::string user;
  base::Secret secret;  // the password or the token
};

// The first line of a private file (base/private_file.h); one that is empty or over-long is refused.
base::Result<base::Secret> read_password_file(const std::string& path);
// The same from an inherited descriptor: a file is read from its beginning, so that it can be read again, a pipe to the
// first line end.
base::Result<base::Secret> read_password(const base::Fd& fd, const std::string& name,
                                         std::chrono::milliseconds within = password_timeout);

// Runs argv without a shell, /dev/null on its descriptor 0, and takes the line that it prints. Temporary failures
// alone: what it prints is never shown.
base::Result<base::Secret> run_token_program(const std::vector<std::string>& argv,
                                             std::chrono::milliseconds within = token_timeout);

}  // namespace net
