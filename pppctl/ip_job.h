// A program that does its work over the network: it is watched, and the line's end is its end.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/stop_signals.h"
#include "pppctl/job_output.h"
#include "pppctl/session_core.h"

namespace pppctl {

inline constexpr int line_descriptor = 4;  // of the flush programs: it comes to its end with the line

// What keeps the line up, if anybody of ours does.
struct NetworkLine {
  const base::Fd* event = nullptr;          // none: looked at now and then; readable when there is something to look at
  std::function<bool()> look;               // false: the line has gone
  std::function<modem::Trouble()> trouble;  // … and why
  std::function<std::optional<Octets>()> octets;  // that have gone over it so far; empty: nobody counts them
};

struct IpJobOrder {
  std::vector<std::string> argv;
  std::optional<std::vector<std::string>> environment;
  bool minds_line = false;                 // it watches line_descriptor, and ends by itself
  std::chrono::milliseconds silence{0};    // 0: no limit
  std::chrono::milliseconds limit{0};      // for the whole job; 0: none
  std::chrono::milliseconds grace{10000};  // from an order to end to SIGTERM or SIGKILL
};

// Fails only when the program cannot be started. Brings the progress up to date on the way. stop: none for what must be
// done to its end.
base::Result<JobResult> run_ip_job(const IpJobOrder& order, const NetworkLine& line, base::StopSignals* stop,
                                   Progress& progress, const JobListener& listener);

}  // namespace pppctl
