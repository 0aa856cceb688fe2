#include "base/run.h"

#include <signal.h>

#include <exception>

#include "base/log.h"

namespace base {

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
