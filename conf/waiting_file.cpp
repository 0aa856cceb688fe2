#include "conf/waiting_file.h"

#include "base/directory.h"
#include "base/log.h"
#include "conf/text.h"

namespace conf {
namespace {

constexpr const char* waiting_name = "waiting";

}  // namespace

base::Result<void> write_waiting(const Places& places, const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) {
    const auto escaped = base::escape(line);
    if (text.size() + escaped.size() >= max_waiting_bytes) break;
    text += escaped + "\n";
  }
  // What has not changed is not written again: sync after sync would keep a disk awake.
  if (const auto before = base::read_file(places.run + "/" + waiting_name, max_waiting_bytes);
      before && *before == text) {
    return {};
  }
  if (auto made = base::make_path(places.run, 0755); !made) return made;
  const auto run = base::Directory::open(places.run);
  if (!run) return run.error();
  return base::replace_file(*run, waiting_name, text);
}

std::vector<std::string> read_waiting(const Places& places) {
  const auto text = base::read_file(places.run + "/" + waiting_name, max_waiting_bytes);
  std::vector<std::string> lines;
  if (!text) return lines;
  for (const auto& line : numbered_lines(*text)) {
    std::string shown;
    for (const char c : line.text) shown += c >= ' ' && c <= '~' ? c : '?';  // whoever has written it
    if (!shown.empty()) lines.push_back(shown);
  }
  return lines;
}

}  // namespace conf
