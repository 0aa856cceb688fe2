// `pppctl plan`: what would be sent by which link, how long it takes and what it costs, without dialling.
#pragma once

#include "base/result.h"
#include "conf/places.h"
#include "pppctl/options.h"

namespace pppctl {

base::Result<int> run_plan(const Options& options, const conf::Places& places);

}  // namespace pppctl
