// Carries the emulation out: ptys, sockets, the log, and the clock with its scale.
#pragma once

#include "base/result.h"
#include "modem/emulator/options.h"

namespace emulator {

// Returns after SIGTERM, SIGINT or SIGHUP, the links removed.
base::Result<void> run_emulator(const Options& options);

}  // namespace emulator
