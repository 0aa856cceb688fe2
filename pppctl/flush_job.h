// One flush over the line: the programs behind the relay, their report and what they say.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "conf/link.h"
#include "modem/relay.h"
#include "pppctl/progress.h"
#include "pppctl/session_core.h"

namespace pppctl {

inline constexpr int report_descriptor = 5;  // of the flush programs; 6 and 7 are the line

struct JobListener {
  std::function<void()> tick;                  // a few times a second
  std::function<void(std::string_view)> said;  // a line on the programs' standard error
};

// Fails only when the program cannot be started. Brings the progress up to date on the way.
base::Result<JobResult> run_flush(modem::Relay& relay, const std::vector<std::string>& argv,
                                  const conf::LinkProfile& link, Progress& progress, const JobListener& listener);

}  // namespace pppctl
