// What waits in a spool, message by message.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/stop_signals.h"
#include "pppctl/policy/decision.h"

namespace pppctl {

struct PlannedFile {
  std::string path;  // below the spool; empty: its name has characters that the plan escapes
  std::uint64_t octets = 0;
  int priority = 0;
};

// The messages of `maildirserial --plan --json`; lines of other kinds are let go. Pure.
std::vector<PlannedFile> parse_plan_lines(std::string_view output);

// maildirserial says what can go and how urgent it is; the head of each file says whether a person wrote it. What is on
// hold is not among it. A spool that is not there has no mail.
base::Result<std::vector<policy::Letter>> look_at_mail(const std::string& spool, const std::string& prefix,
                                                       std::int64_t now_wall_ms, base::StopSignals& stop);

}  // namespace pppctl
