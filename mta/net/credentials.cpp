#include "mta/net/credentials.h"

#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/child.h"
#include "base/io.h"

namespace net {
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

// Everything up to the end or to the first line end; a full buffer is too much.
base::Result<base::Secret> first_line(const base::Fd& fd, std::size_t max_bytes, const std::string& name,
                                      const base::Deadline& deadline) {
  Buffer buffer(max_bytes + 2);  // CR LF
  while (!buffer.room().empty() && buffer.view().find('\n') == std::string_view::npos) {
    if (!deadline.never()) {
      const auto ready = base::wait_ready(fd, base::Interest::read, deadline);
      if (!ready) return ready.error();
      if (!*ready) return base::temporary("read " + name + ": it takes too long");
    }
    const auto n = base::read_some(fd, buffer.room());
    if (!n) return base::system_failure("read " + name, n.error().error);
    if (*n == 0) break;
    buffer.take(*n);
  }
  auto line = buffer.view();
  const bool is_whole = line.size() < max_bytes + 2 || line.find('\n') != std::string_view::npos;
  line = line.substr(0, line.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (!is_whole || line.size() > max_bytes) return base::temporary("read " + name + ": over-long line");
  if (line.empty()) return base::temporary("read " + name + ": its first line is empty");
  if (line.find('\0') != std::string_view::npos) return base::temporary("read " + name + ": there is a NUL in it");
  return base::Secret(line);
}

}  // namespace

void hide_memory() { [[maybe_unused]] const int ignored = ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

base::Result<base::Fd> open_private_file(const std::string& path) {
  auto fd = base::open_file(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!fd) return fd.error();
  struct stat st {};
  if (::fstat(fd->get(), &st) < 0) return base::system_failure("stat " + path);
  if (!S_ISREG(st.st_mode)) return base::permanent(path + " is not a regular file");
  if (st.st_uid != ::geteuid() && st.st_uid != 0) return base::permanent(path + " belongs to another user");
  if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return base::permanent(path + " is open to others than its owner; chmod 600 it, and change the secret");
  return fd;
}

base::Result<base::Secret> read_password_file(const std::string& path) {
  hide_memory();
  const auto fd = open_private_file(path);
  if (!fd) return fd.error();
  return first_line(*fd, max_password_bytes, path, {});
}

base::Result<base::Secret> read_password(const base::Fd& fd, const std::string& name,
                                         std::chrono::milliseconds within) {
  hide_memory();
  if (::lseek(fd.get(), 0, SEEK_SET) < 0 && errno != ESPIPE) return base::system_failure("read " + name);
  return first_line(fd, max_password_bytes, name, base::Deadline::after(within));
}

base::Result<base::Secret> run_token_program(const std::vector<std::string>& argv, std::chrono::milliseconds within) {
  hide_memory();
  const auto deadline = base::Deadline::after(within);
  auto output = base::make_pipe();
  if (!output) return output.error();
  const auto nothing = base::open_file("/dev/null", O_RDONLY);
  if (!nothing) return nothing.error();
  base::ChildOptions options;
  options.argv = argv;
  options.descriptors = {{nothing->get(), 0}, {output->write.get(), 1}};
  options.die_with_parent = true;
  auto child = base::Child::start(options);
  if (!child) return child.error();
  output->write.reset();
  auto token = first_line(output->read, max_token_bytes, "the token of " + argv[0], deadline);
  if (!token) return token;
  output->read.reset();
  const auto end = child->wait(deadline);
  if (!end) return end.error();
  if (!*end) return base::temporary("run " + argv[0] + ": it does not end");
  if (!(*end)->exited || (*end)->status != 0)
    return base::temporary("run " + argv[0] + ": it failed with " + ((*end)->exited ? "status " : "signal ") +
                           std::to_string((*end)->status));
  return token;
}

}  // namespace net
