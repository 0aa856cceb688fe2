#include "mta/net/credentials.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/child.h"
#include "base/private_file.h"

namespace net {

base::Result<base::Secret> read_password_file(const std::string& path) {
  base::hide_memory();
  const auto fd = base::open_private_file(path);
  if (!fd) return fd.error();
  return base::read_secret_line(*fd, max_password_bytes, path);
}

base::Result<base::Secret> read_password(const base::Fd& fd, const std::string& name,
                                         std::chrono::milliseconds within) {
  base::hide_memory();
  if (::lseek(fd.get(), 0, SEEK_SET) < 0 && errno != ESPIPE) return base::system_failure("read " + name);
  return base::read_secret_line(fd, max_password_bytes, name, base::Deadline::after(within));
}

base::Result<base::Secret> run_token_program(const std::vector<std::string>& argv, std::chrono::milliseconds within) {
  base::hide_memory();
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
  auto token = base::read_secret_line(output->read, max_token_bytes, "the token of " + argv[0], deadline);
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
