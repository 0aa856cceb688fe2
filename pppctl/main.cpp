#include "base/bug.h"
#include "base/run.h"
#include "pppctl/bill.h"
#include "pppctl/check/check.h"
#include "pppctl/clear.h"
#include "pppctl/connect.h"
#include "pppctl/daemon/daemon.h"
#include "pppctl/forecast/plan_command.h"
#include "pppctl/inquiry.h"
#include "pppctl/notify.h"
#include "pppctl/options.h"
#include "pppctl/session.h"
#include "pppctl/setup/setup.h"

namespace {

base::Result<int> run(int argc, const char* const* argv) {
  const auto options = pppctl::parse_options(argc, argv);
  if (!options) return options.error();
  if (options->shown) return 0;
  const auto places = conf::Places::from_environment();
  switch (options->command) {
    case pppctl::Command::session:
      return pppctl::run_session(
          {options->link, options->verbose, options->always, options->if_mail, options->jobs, options->max_time},
          places);
    case pppctl::Command::status:
      return pppctl::show_status(*options, places);
    case pppctl::Command::history:
      return pppctl::show_history(*options, places);
    case pppctl::Command::recover:
      return pppctl::run_recover(*options, places);
    case pppctl::Command::daemon:
      return pppctl::daemon::run_daemon(places);
    case pppctl::Command::up:
      return pppctl::daemon::run_request("up " + options->link, places);
    case pppctl::Command::down:
      return pppctl::daemon::run_request("down " + options->link, places);
    case pppctl::Command::reload:
      return pppctl::daemon::run_request("reload", places);
    case pppctl::Command::next:
      return pppctl::daemon::run_request("next", places);
    case pppctl::Command::clear:
      return pppctl::run_clear(options->link, places);
    case pppctl::Command::check:
      return pppctl::run_check(*options, places);
    case pppctl::Command::connect:
      return pppctl::run_connect(options->link, places);
    case pppctl::Command::notify:
      return pppctl::run_notify(options->event, options->link, places);
    case pppctl::Command::setup:
      if (options->peers) return pppctl::write_peers(options->link, options->peers_dir, places);
      return pppctl::run_setup({options->link, options->answers, options->examples, options->replace}, places);
    case pppctl::Command::bill:
      return pppctl::show_bill(*options, places);
    case pppctl::Command::plan:
      return pppctl::run_plan(*options, places);
  }
  base::bug("pppctl: bad command");
}

}  // namespace

int main(int argc, char** argv) {
  return base::run_with_status("pppctl", [&] { return run(argc, argv); });
}
