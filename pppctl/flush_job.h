// One flush over the line: the programs behind the relay, their report and what they say.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "conf/link.h"
#include "modem/relay.h"
#include "pppctl/job_output.h"
#include "pppctl/progress.h"
#include "pppctl/session_core.h"

namespace pppctl {

// Fails only when the program cannot be started. Brings the progress up to date on the way.
base::Result<JobResult> run_flush(modem::Relay& relay, const std::vector<std::string>& argv,
                                  const conf::LinkProfile& link, Progress& progress, const JobListener& listener);

}  // namespace pppctl
