#include "pppctl/process.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/process_stat.h"

namespace pppctl {

ProcessId this_process() { return process_of(::getpid()); }

ProcessId process_of(std::int64_t pid) {
  ProcessId process{pid, 0, base::boot_id()};
  if (const auto stat = base::process_stat(static_cast<pid_t>(pid))) process.start_ticks = stat->start_ticks;
  return process;
}

bool is_alive(const ProcessId& process) {
  if (process.pid <= 0 || process.boot_id != base::boot_id()) return false;
  const auto stat = base::process_stat(static_cast<pid_t>(process.pid));
  return stat && stat->runs() && stat->start_ticks == process.start_ticks;
}

}  // namespace pppctl
