// `mta-queuectl clock`: the queue's clock floor and that of each spool that routes lead to.
#pragma once

#include "base/result.h"
#include "conf/places.h"

namespace mta {

enum class ClockCommand { show, confirm };

// Prints one line for each on stdout. A spool that is being flushed cannot be confirmed now: temporary, after the
// others.
base::Result<void> run_clock_command(const conf::Places& places, ClockCommand command);

}  // namespace mta
