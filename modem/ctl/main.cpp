#include "base/bug.h"
#include "base/run.h"
#include "conf/places.h"
#include "modem/ctl/commands.h"
#include "modem/modem.h"

namespace modem {

base::Failure failure_of(const Trouble& trouble) {
  return {trouble.retry == Retry::stop ? base::FailureKind::permanent : base::FailureKind::temporary, trouble.line(),
          trouble.error};
}

base::Result<void> hangup_command(const std::string& name) {
  const auto profile = conf::load_modem(conf::Places::from_environment(), name);
  if (!profile) return profile.error();
  // From here on no signal leaves the line off-hook and the port locked; every step of it has its end.
  auto stop = base::StopSignals::watch();
  if (!stop) return stop.error();
  auto modem = Modem::open(*profile, "modemctl", &*stop);
  if (!modem) return failure_of(modem.error());
  if (auto down = modem->hang_up(); !down) return failure_of(down.error());
  if (auto closed = modem->close(); !closed) return failure_of(closed.error());
  return {};
}

namespace {

base::Result<void> run(const CtlOptions& options) {
  switch (options.command) {
    case CtlCommand::list:
      return list_command(options);
    case CtlCommand::lock:
      break;
    case CtlCommand::unlock:
      return unlock_command(options);
    case CtlCommand::hangup:
      return hangup_command(options.target);
    case CtlCommand::answer:
      return answer_command(options);
  }
  base::bug("modemctl: bad command");
}

base::Result<int> run(int argc, const char* const* argv) {
  const auto options = parse_ctl_options(argc, argv);
  if (!options) return options.error();
  if (options->shown) return 0;
  if (options->command == CtlCommand::lock) return lock_command(*options);
  if (auto done = run(*options); !done) return done.error();
  return 0;
}

}  // namespace
}  // namespace modem

int main(int argc, char** argv) {
  return base::run_with_status("modemctl", [&] { return modem::run(argc, argv); });
}
