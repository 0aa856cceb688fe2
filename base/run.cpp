#include "base/run.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <exception>

#include "base/log.h"

namespace base {
namespace {

// Started with descriptor 2 closed, the next file or socket opened would get its number, and log lines with it.
void keep_stderr_taken() {
  if (::fcntl(STDERR_FILENO, F_GETFD) >= 0) return;
  const int null = ::open("/dev/null", O_WRONLY);  // not close-on-exec: children need their 2 as well
  if (null < 0 || null == STDERR_FILENO) return;
  ::dup2(null, STDERR_FILENO);
  ::close(null);
}

}  // namespace

int exit_status(const Failure& failure) {
  switch (failure.kind) {
    case FailureKind::temporary:
      return exit_temporary;
    case FailureKind::permanent:
      return exit_permanent;
  }
  return exit_temporary;
}

int run(std::string_view name, const std::function<Result<void>()>& body) {
  return run_with_status(name, [&]() -> Result<int> {
    if (auto done = body(); !done) return done.error();
    return 0;
  });
}

int run_with_status(std::string_view name, const std::function<Result<int>()>& body) {
  set_program_name(name);
  keep_stderr_taken();
  ::signal(SIGPIPE, SIG_IGN);
  try {
    const auto status = body();
    if (status) return *status;
    if (!status.error().text.empty()) log(Level::fatal, status.error().text);
    return exit_status(status.error());
  } catch (const std::exception& e) {
    log(Level::fatal, std::string("unexpected: ") + e.what());
    return exit_temporary;
  }
}

}  // namespace base
