// Which pppd a session has started, on disk: who comes after a session that was killed ends it.
#pragma once

#include <chrono>
#include <string>

#include "base/result.h"
#include "base/stop_signals.h"
#include "pppctl/process.h"

namespace pppctl::ppp {

base::Result<void> note_pppd(const std::string& run_dir, const std::string& link, const ProcessId& process);
// One was noted since this host has come up; it may have ended.
bool is_noted(const std::string& run_dir, const std::string& link);
// The noted one is at work.
bool has_pppd(const std::string& run_dir, const std::string& link);
void forget_pppd(const std::string& run_dir, const std::string& link);

// What became of the link's pppd, of which nobody is left who waits for it: SIGTERM, the grace, SIGKILL. Only the very
// process that was noted is told, or the one that pppd itself has noted for our link. Empty: there was none.
std::string end_orphan(const std::string& run_dir, const std::string& link, std::chrono::milliseconds grace);

}  // namespace pppctl::ppp
