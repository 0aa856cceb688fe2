#include "base/io.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

namespace base {
namespace {

// Runs the call until it is neither interrupted nor would block; -1 with errno otherwise.
template <class Call>
Result<std::size_t> transfer(const Fd& fd, Interest interest, const Deadline& deadline, std::string_view what,
                             Call call) {
  for (;;) {
    if (!deadline.never()) {
      const auto ready = wait_ready(fd, interest, deadline);
      if (!ready) return ready.error();
      if (!*ready) return system_failure(what, ETIMEDOUT);
    }
    const auto n = call();
    if (n >= 0) return static_cast<std::size_t>(n);
    const int error = errno;
    if (error == EAGAIN || error == EWOULDBLOCK) {
      const auto ready = wait_ready(fd, interest, deadline);
      if (!ready) return ready.error();
      if (!*ready) return system_failure(what, ETIMEDOUT);
      continue;
    }
    if (error != EINTR) return system_failure(what, error);
  }
}

}  // namespace

Result<bool> wait_ready(const Fd& fd, Interest interest, const Deadline& deadline) {
  pollfd entry{fd.get(), static_cast<short>(interest == Interest::read ? POLLIN : POLLOUT), 0};
  for (;;) {
    const int n = ::poll(&entry, 1, deadline.poll_timeout());
    if (n > 0) return true;
    if (n == 0 && deadline.passed()) return false;
    if (n < 0 && errno != EINTR) return system_failure("poll");
  }
}

Result<std::size_t> read_some(const Fd& fd, std::span<char> into, const Deadline& deadline) {
  return transfer(fd, Interest::read, deadline, "read", [&] { return ::read(fd.get(), into.data(), into.size()); });
}

Result<std::size_t> write_some(const Fd& fd, std::string_view bytes, const Deadline& deadline) {
  return transfer(fd, Interest::write, deadline, "write",
                  [&] { return ::write(fd.get(), bytes.data(), bytes.size()); });
}

Result<void> write_all(const Fd& fd, std::string_view bytes, const Deadline& deadline) {
  while (!bytes.empty()) {
    const auto n = write_some(fd, bytes, deadline);
    if (!n) return n.error();
    bytes.remove_prefix(*n);
  }
  return {};
}

Result<std::size_t> read_at(const Fd& fd, std::span<char> into, std::uint64_t offset) {
  for (;;) {
    const auto n = ::pread(fd.get(), into.data(), into.size(), static_cast<off_t>(offset));
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno != EINTR) return system_failure("read");
  }
}

Result<void> write_all_at(const Fd& fd, std::string_view bytes, std::uint64_t offset) {
  while (!bytes.empty()) {
    const auto n = ::pwrite(fd.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0) {
      if (errno == EINTR) continue;
      return system_failure("write");
    }
    bytes.remove_prefix(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
  return {};
}

Result<std::string> read_all(const Fd& fd, std::size_t max_bytes, std::string_view name) {
  std::string all;
  std::array<char, 16384> block;
  for (;;) {
    const auto n = read_some(fd, block);
    if (!n) return system_failure("read " + std::string(name), n.error().error);
    if (*n == 0) return all;
    if (all.size() + *n > max_bytes)
      return permanent("read " + std::string(name) + ": longer than " + std::to_string(max_bytes) + " bytes");
    all.append(block.data(), *n);
  }
}

Result<void> sync(const Fd& fd, std::string_view name) {
  while (::fsync(fd.get()) < 0) {
    if (errno != EINTR) return system_failure("sync " + std::string(name));
  }
  return {};
}

Result<std::uint64_t> file_size(const Fd& fd, std::string_view name) {
  struct stat st {};
  if (::fstat(fd.get(), &st) < 0) return system_failure("stat " + std::string(name));
  return static_cast<std::uint64_t>(st.st_size);
}

}  // namespace base
