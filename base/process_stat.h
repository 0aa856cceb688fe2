// What the kernel says of a process in /proc/PID/stat (proc(5)).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace base {

struct ProcessStat {
  char state = '?';
  std::uint64_t start_ticks = 0;
  // One that has ended and that nobody has asked for yet does not run.
  [[nodiscard]] bool runs() const { return state != 'Z' && state != 'X'; }
};

// none: there is no such process, or it may not be seen.
std::optional<ProcessStat> process_stat(pid_t pid);
// Pure. The program's name, which stands in brackets, may hold blanks and brackets itself.
std::optional<ProcessStat> parse_process_stat(std::string_view text);

}  // namespace base
