#include "modem/recovery_memory.h"

#include <cerrno>

#include "base/clock.h"
#include "base/directory.h"
#include "conf/text.h"

namespace modem {
namespace {

constexpr std::size_t max_bytes = 4096;
constexpr mode_t run_dir_mode = 0755;

std::string file_of(const std::string& profile) { return "recovery-" + profile; }

}  // namespace

DearClimbs parse_climbs(std::string_view text, std::string_view boot_id) {
  DearClimbs climbs;
  bool is_this_boot = false;
  for (const auto& line : conf::numbered_lines(text)) {
    const auto words = conf::words_of(line.text);
    if (words.size() != 2) return {};
    if (words[0] == "boot") {
      is_this_boot = !boot_id.empty() && words[1] == boot_id;
      continue;
    }
    const auto seconds = conf::decimal(words[1]);
    if (!seconds) return {};
    (words[0] == "power" ? climbs.power : climbs.restart) = static_cast<std::int64_t>(*seconds);
  }
  return is_this_boot ? climbs : DearClimbs{};
}

std::string format_climbs(const DearClimbs& climbs, std::string_view boot_id) {
  std::string text = "boot " + std::string(boot_id) + "\n";
  if (climbs.restart) text += "restart " + std::to_string(*climbs.restart) + "\n";
  if (climbs.power) text += "power " + std::to_string(*climbs.power) + "\n";
  return text;
}

base::Result<DearClimbs> read_climbs(const std::string& run_dir, const std::string& profile) {
  if (run_dir.empty()) return base::permanent("there is no run folder");
  if (auto made = base::make_path(run_dir, run_dir_mode); !made) return made.error();
  const auto text = base::read_file(run_dir + "/" + file_of(profile), max_bytes);
  if (!text && text.error().error == ENOENT) return DearClimbs{};
  if (!text) return text.error();
  return parse_climbs(*text, base::boot_id());
}

base::Result<void> note_climb(const std::string& run_dir, const std::string& profile, Rung rung) {
  auto climbs = read_climbs(run_dir, profile);
  if (!climbs) return climbs.error();
  (rung == Rung::power ? climbs->power : climbs->restart) = base::read_clock().boot_seconds;
  const auto folder = base::Directory::open(run_dir);
  if (!folder) return folder.error();
  return base::replace_file(*folder, file_of(profile), format_climbs(*climbs, base::boot_id()));
}

}  // namespace modem
