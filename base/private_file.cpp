#include "base/private_file.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <span>
#include <string_view>
#include <vector>

#include "base/io.h"

namespace base {
namespace {

// A buffer that is wiped on every way out.
class Buffer {
 public:
  explicit Buffer(std::size_t size) : bytes_(size) {}
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() { ::explicit_bzero(bytes_.data(), bytes_.size()); }

  [[nodiscard]] std::span<char> room() { return std::span(bytes_).subspan(used_); }
  void take(std::size_t n) { used_ += n; }
  [[nodiscard]] std::string_view view() const { return {bytes_.data(), used_}; }

 private:
  std::vector<char> bytes_;
  std::size_t used_ = 0;
};

}  // namespace

Result<Fd> open_private_file(const std::string& path) {
  auto fd = open_file(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!fd) return fd.error();
  struct stat st {};
  if (::fstat(fd->get(), &st) < 0) return system_failure("stat " + path);
  if (!S_ISREG(st.st_mode)) return permanent(path + " is not a regular file");
  if (st.st_uid != ::geteuid() && st.st_uid != 0) return permanent(path + " belongs to another user");
  if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return permanent(path + " is open to others than its owner; chmod 600 it, and change the secret");
  return fd;
}

Result<Secret> read_secret_line(const Fd& fd, std::size_t max_bytes, const std::string& name,
                                const Deadline& deadline) {
  Buffer buffer(max_bytes + 2);  // CR LF
  while (!buffer.room().empty() && buffer.view().find('\n') == std::string_view::npos) {
    if (!deadline.never()) {
      const auto ready = wait_ready(fd, Interest::read, deadline);
      if (!ready) return ready.error();
      if (!*ready) return temporary("read " + name + ": it takes too long");
    }
    const auto n = read_some(fd, buffer.room());
    if (!n) return system_failure("read " + name, n.error().error);
    if (*n == 0) break;
    buffer.take(*n);
  }
  auto line = buffer.view();
  const bool is_whole = line.size() < max_bytes + 2 || line.find('\n') != std::string_view::npos;
  line = line.substr(0, line.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (!is_whole || line.size() > max_bytes) return temporary("read " + name + ": over-long line");
  if (line.empty()) return temporary("read " + name + ": its first line is empty");
  if (line.find('\0') != std::string_view::npos) return temporary("read " + name + ": there is a NUL in it");
  return Secret(line);
}

}  // namespace base
