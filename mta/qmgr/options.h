#pragma once

#include "base/result.h"

namespace mta {

struct QmgrOptions {
  bool shown = false;    // --help or --version: nothing to run
  unsigned workers = 4;  // threads for the disk; 0: the main thread does all
  bool once = false;     // everything due once, then end; no socket
};

base::Result<QmgrOptions> parse_qmgr_options(int argc, const char* const* argv);

}  // namespace mta
