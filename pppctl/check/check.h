// `pppctl check`: all that can be known of links without dialling.
#pragma once

#include "base/result.h"
#include "base/stop_signals.h"
#include "conf/places.h"
#include "pppctl/check/finding.h"
#include "pppctl/options.h"

namespace pppctl {

// The exit status by the worst finding.
base::Result<int> run_check(const Options& options, const conf::Places& places);

namespace check {

// Of this host, and of one link or (empty) of all. ask_modems: also what needs the port for a moment. A signal ends it:
// error EINTR.
base::Result<std::vector<Report>> check_all(const conf::Places& places, const std::string& link, bool ask_modems,
                                            base::StopSignals& stop);

}  // namespace check
}  // namespace pppctl
