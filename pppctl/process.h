// Which process wrote a ledger row: a pid alone may be somebody else's by now.
#pragma once

#include <cstdint>
#include <string>

namespace pppctl {

struct ProcessId {
  std::int64_t pid = 0;
  std::uint64_t start_ticks = 0;  // field 22 of /proc/PID/stat (proc(5)); 0: could not be read
  std::string boot_id;

  bool operator==(const ProcessId&) const = default;
};

ProcessId this_process();
ProcessId process_of(std::int64_t pid);

// True while that very process runs; a zombie does not run.
bool is_alive(const ProcessId& process);

}  // namespace pppctl
