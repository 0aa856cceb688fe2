#include "pppctl/process.h"

#include <unistd.h>

#include <charconv>

#include "base/clock.h"
#include "base/directory.h"

namespace pppctl {
namespace {

constexpr std::size_t max_stat_bytes = 4096;
constexpr int fields_between = 19;  // from field 3, the state, to field 22, the start time

std::optional<ProcessStat> stat_of(std::int64_t pid) {
  const auto text = base::read_file("/proc/" + std::to_string(pid) + "/stat", max_stat_bytes);
  if (!text) return {};
  return parse_stat(*text);
}

}  // namespace

std::optional<ProcessStat> parse_stat(std::string_view text) {
  const auto bracket = text.rfind(") ");
  if (bracket == std::string_view::npos) return {};
  std::string_view rest = text.substr(bracket + 2);
  if (rest.empty()) return {};
  ProcessStat stat;
  stat.state = rest.front();
  for (int i = 0; i < fields_between; ++i) {
    const auto blank = rest.find(' ');
    if (blank == std::string_view::npos) return {};
    rest.remove_prefix(blank + 1);
  }
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), stat.start_ticks);
  if (error != std::errc() || end == rest.data()) return {};
  return stat;
}

ProcessId this_process() { return process_of(::getpid()); }

ProcessId process_of(std::int64_t pid) {
  ProcessId process{pid, 0, base::boot_id()};
  if (const auto stat = stat_of(pid)) process.start_ticks = stat->start_ticks;
  return process;
}

bool is_alive(const ProcessId& process) {
  if (process.pid <= 0 || process.boot_id != base::boot_id()) return false;
  const auto stat = stat_of(process.pid);
  if (!stat || stat->state == 'Z' || stat->state == 'X') return false;
  return stat->start_ticks == process.start_ticks;
}

}  // namespace pppctl
