// `pppctl status`, `history` and `recover`: the ledger read and put in order.
#pragma once

#include "base/result.h"
#include "conf/places.h"
#include "pppctl/options.h"

namespace pppctl {

base::Result<int> show_status(const Options& options, const conf::Places& places);
base::Result<int> show_history(const Options& options, const conf::Places& places);
base::Result<int> run_recover(const Options& options, const conf::Places& places);

}  // namespace pppctl
