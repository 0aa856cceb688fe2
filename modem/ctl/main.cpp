#include "base/bug.h"
#include "base/log.h"
#include "base/run.h"
#include "conf/places.h"
#include "modem/ctl/commands.h"
#include "modem/ctl/session.h"

namespace modem {

base::Failure failure_of(const Trouble& trouble) {
  return {trouble.retry == Retry::stop ? base::FailureKind::permanent : base::FailureKind::temporary, trouble.line(),
          trouble.error};
}

Upkeep upkeep() {
  return {[](std::string_view text) { base::log(base::Level::info, text); }, conf::Places::from_environment().run};
}

base::Result<void> hangup_command(const CtlOptions& options) {
  const auto profile = conf::load_modem(conf::Places::from_environment(), options.target);
  if (!profile) return profile.error();
  return with_modem(*profile, [](Modem& modem, base::StopSignals&) -> base::Result<void> {
    if (auto down = modem.hang_up(); !down) return failure_of(down.error());
    return {};
  });
}

namespace {

base::Result<int> done(const base::Result<void>& result) {
  if (!result) return result.error();
  return 0;
}

base::Result<int> run(const CtlOptions& options) {
  switch (options.command) {
    case CtlCommand::list:
      return done(list_command(options));
    case CtlCommand::lock:
      return lock_command(options);
    case CtlCommand::unlock:
      return done(unlock_command(options));
    case CtlCommand::probe:
      return done(probe_command(options));
    case CtlCommand::init:
      return done(init_command(options));
    case CtlCommand::identify:
      return done(identify_command(options));
    case CtlCommand::status:
      return done(status_command(options));
    case CtlCommand::dump:
      return done(dump_command(options));
    case CtlCommand::compare:
      return compare_command(options);
    case CtlCommand::selftest:
      return done(selftest_command(options));
    case CtlCommand::at:
      return done(at_command(options));
    case CtlCommand::term:
      return done(term_command(options));
    case CtlCommand::hangup:
      return done(hangup_command(options));
    case CtlCommand::answer:
      return done(answer_command(options));
  }
  base::bug("modemctl: bad command");
}

base::Result<int> run(int argc, const char* const* argv) {
  const auto options = parse_ctl_options(argc, argv);
  if (!options) return options.error();
  return options->shown ? 0 : run(*options);
}

}  // namespace
}  // namespace modem

int main(int argc, char** argv) {
  return base::run_with_status("modemctl", [&] { return modem::run(argc, argv); });
}
