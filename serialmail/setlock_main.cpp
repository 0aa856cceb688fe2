#include <fcntl.h>
#include <sys/file.h>

#include "base/child.h"
#include "base/fd.h"
#include "base/run.h"
#include "serialmail/setlock_options.h"

namespace {

base::Result<base::Fd> lock(const serialmail::SetlockOptions& options) {
  auto file = base::open_file(options.file, O_WRONLY | O_NDELAY | O_APPEND | O_CREAT, 0600);
  if (!file) return base::system_failure("unable to open " + options.file, file.error().error);
  for (;;) {
    if (::flock(file->get(), LOCK_EX | (options.wait ? 0 : LOCK_NB)) == 0) return file;
    if (errno != EINTR) return base::system_failure("unable to lock " + options.file);
  }
}

base::Result<void> run(int argc, const char* const* argv) {
  const auto options = serialmail::parse_setlock_options(argc, argv);
  if (!options) return options.error();
  if (options->shown) return {};
  auto file = lock(*options);
  if (!file && !options->complain) return {};
  if (!file) return file.error();
  // The program and all its children keep the descriptor: the lock lasts until the last of them has gone.
  if (::fcntl(file->get(), F_SETFD, 0) < 0) return base::system_failure("unable to lock " + options->file);
  const auto failure = base::replace_process(options->program);
  return base::system_failure("unable to run " + options->program[0], failure.error);
}

}  // namespace

int main(int argc, char** argv) {
  return base::run("setlock", [&] { return run(argc, argv); });
}
