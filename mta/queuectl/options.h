#pragma once

#include "base/result.h"

namespace mta {

enum class QueueCommand {
  list,          // what waits, as mailq
  run,           // everything waiting is due now
  check,         // every fault of the configuration
  clock,         // what is believed of the clocks
  confirm_clock  // a person says that the present time is right
};

struct QueuectlOptions {
  bool shown = false;
  QueueCommand command = QueueCommand::list;
};

base::Result<QueuectlOptions> parse_queuectl_options(int argc, const char* const* argv);

}  // namespace mta
