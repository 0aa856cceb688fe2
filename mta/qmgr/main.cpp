#include <cstdlib>

#include "base/run.h"
#include "mta/qmgr/daemon.h"

int main(int argc, char** argv) {
  return base::run("mta-qmgr", [&]() -> base::Result<void> {
    const auto options = mta::parse_qmgr_options(argc, argv);
    if (!options) return options.error();
    if (options->shown) return {};
    auto daemon = mta::Daemon::open(conf::Places::from_environment(), *options);
    if (!daemon) return daemon.error();
    return (*daemon)->run();
  });
}
