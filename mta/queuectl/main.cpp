#include <iostream>

#include "base/bug.h"
#include "base/run.h"
#include "conf/check.h"
#include "mta/queue/listing.h"
#include "mta/queue/qmgr_client.h"
#include "mta/queuectl/clock_command.h"
#include "mta/queuectl/options.h"

namespace {

base::Result<void> list(const conf::Places& places) {
  const auto asked = mta::ask_for_list(places);
  for (const auto& line : asked ? *asked : mta::list_lines(places)) std::cout << line << '\n';
  return {};
}

base::Result<void> check(const conf::Places& places) {
  const auto faults = conf::check_config(places);
  for (const auto& fault : faults) std::cout << fault << '\n';
  if (faults.empty()) return {};
  return base::permanent("configuration below " + places.config + ": " + std::to_string(faults.size()) +
                         (faults.size() == 1 ? " fault" : " faults"));
}

base::Result<void> run_command(const conf::Places& places, mta::QueueCommand command) {
  switch (command) {
    case mta::QueueCommand::list:
      return list(places);
    case mta::QueueCommand::run:
      return mta::poke_qmgr(places);
    case mta::QueueCommand::check:
      return check(places);
    case mta::QueueCommand::clock:
      return mta::run_clock_command(places, mta::ClockCommand::show);
    case mta::QueueCommand::confirm_clock:
      return mta::run_clock_command(places, mta::ClockCommand::confirm);
  }
  base::bug("mta-queuectl: bad command");
}

}  // namespace

int main(int argc, char** argv) {
  return base::run("mta-queuectl", [&]() -> base::Result<void> {
    const auto options = mta::parse_queuectl_options(argc, argv);
    if (!options) return options.error();
    if (options->shown) return {};
    return run_command(conf::Places::from_environment(), options->command);
  });
}
