#pragma once

#include "base/result.h"

namespace mta {

struct QueueOptions {
  bool shown = false;  // --help or --version was printed
};

// mta-queue has no options of its own: everything comes on descriptors. An operand is a usage error.
base::Result<QueueOptions> parse_queue_options(int argc, const char* const* argv);

}  // namespace mta
