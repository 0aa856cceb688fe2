#include "base/process_stat.h"

#include <charconv>
#include <string>

#include "base/directory.h"

namespace base {
namespace {

constexpr std::size_t max_stat_bytes = 4096;
constexpr int fields_between = 19;  // from field 3, the state, to field 22, the start time

}  // namespace

std::optional<ProcessStat> process_stat(pid_t pid) {
  const auto text = read_file("/proc/" + std::to_string(pid) + "/stat", max_stat_bytes);
  return text ? parse_process_stat(*text) : std::nullopt;
}

std::optional<ProcessStat> parse_process_stat(std::string_view text) {
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

}  // namespace base
