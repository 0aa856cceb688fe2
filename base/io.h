// Reading, writing and syncing descriptors; EINTR is handled here and nowhere else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/deadline.h"
#include "base/fd.h"
#include "base/result.h"

namespace base {

enum class Interest { read, write };

// True when the descriptor is ready (or hung up), false when the deadline passed first.
Result<bool> wait_ready(const Fd& fd, Interest interest, const Deadline& deadline);

// One read(2): 0 is end of file. On a non-blocking descriptor it waits; a passed deadline is a failure with error
// ETIMEDOUT.
Result<std::size_t> read_some(const Fd& fd, std::span<char> into, const Deadline& deadline = {});

// One write(2) of some octets; waits while the descriptor would block.
Result<std::size_t> write_some(const Fd& fd, std::string_view bytes, const Deadline& deadline = {});

// All octets, or a failure (error EPIPE when the reader has gone, ETIMEDOUT when the deadline passed).
Result<void> write_all(const Fd& fd, std::string_view bytes, const Deadline& deadline = {});

Result<std::size_t> read_at(const Fd& fd, std::span<char> into, std::uint64_t offset);
Result<void> write_all_at(const Fd& fd, std::string_view bytes, std::uint64_t offset);

// Everything up to end of file; more than max_bytes is a permanent failure that names what was read.
Result<std::string> read_all(const Fd& fd, std::size_t max_bytes, std::string_view name);

// fsync(2). The data is on disk when this returns well; name is for the failure's text.
Result<void> sync(const Fd& fd, std::string_view name);

Result<std::uint64_t> file_size(const Fd& fd, std::string_view name);

}  // namespace base
