// Files with a secret in them, which nobody but their owner may read.
#pragma once

#include <cstddef>
#include <string>

#include "base/deadline.h"
#include "base/fd.h"
#include "base/result.h"
#include "base/secret.h"

namespace base {

// Regular, ours or root's, without any right for group and others. Not there: error ENOENT. Permanent for a file that
// is not private.
Result<Fd> open_private_file(const std::string& path);

// Everything up to the first line end or the end, without the line end; one that is empty, over-long or with NUL is
// refused. name is for the failure's text, which never holds what was read.
Result<Secret> read_secret_line(const Fd& fd, std::size_t max_bytes, const std::string& name,
                                const Deadline& deadline = {});

}  // namespace base
