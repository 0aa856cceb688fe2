#include "pppctl/mail_look.h"

#include <fcntl.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/child.h"
#include "base/directory.h"
#include "base/io.h"
#include "base/line_splitter.h"
#include "base/log.h"
#include "conf/sender_priority.h"
#include "pppctl/ask_program.h"
#include "pppctl/plan.h"
#include "pppctl/policy/letter_head.h"

namespace pppctl {
namespace {

using Json = nlohmann::json;

constexpr std::chrono::minutes plan_limit{10};   // of a great spool on a cold disk
constexpr std::uint64_t max_looked_at = 50'000;  // of more, each counts as ordinary mail that has just come
constexpr std::int64_t ms_in_second = 1000;

// The first octets, up to the end of the header if it stands in a small piece.
std::string read_head(const base::Fd& file) {
  constexpr std::size_t piece = 4096;
  std::string head;
  while (head.size() < policy::max_letter_head_bytes) {
    const auto before = head.size();
    head.resize(before + piece);
    const auto n = base::read_some(file, std::span(head).subspan(before));
    head.resize(before + n.value_or(0));
    if (head.size() == before || head.find("\n\n") != std::string::npos) break;
  }
  return head;
}

// Nothing: it has gone meanwhile, or cannot be read, and so cannot be sent.
std::optional<policy::Letter> letter_of(const base::Directory& spool, const PlannedFile& planned,
                                        std::int64_t now_wall_ms) {
  policy::Letter letter{planned.octets, planned.priority, false, {}};
  if (planned.path.empty()) return letter;
  const auto file = spool.open_file(planned.path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (!file) return {};
  struct stat info {};
  if (::fstat(file->get(), &info) < 0 || !S_ISREG(info.st_mode)) return {};
  letter.is_automatic = policy::is_automatic(read_head(*file));
  letter.age = policy::milliseconds(std::max<std::int64_t>(now_wall_ms - info.st_mtime * ms_in_second, 0));
  return letter;
}

}  // namespace

std::vector<PlannedFile> parse_plan_lines(std::string_view output) {
  std::vector<PlannedFile> files;
  while (!output.empty()) {
    const auto end = output.find('\n');
    const auto line = Json::parse(output.substr(0, end), nullptr, false);
    output.remove_prefix(end == std::string_view::npos ? output.size() : end + 1);
    if (!line.is_object() || line.value("event", Json()) != "message") continue;
    PlannedFile file;
    if (const auto path = line.find("file"); path != line.end() && path->is_string()) file.path = *path;
    if (file.path.find('\\') != std::string::npos || file.path.starts_with('/')) file.path.clear();
    if (const auto octets = line.find("octets"); octets != line.end() && octets->is_number_unsigned())
      file.octets = *octets;
    if (const auto priority = line.find("priority"); priority != line.end() && priority->is_number_integer()) {
      file.priority = *priority;
    }
    files.push_back(std::move(file));
  }
  return files;
}

base::Result<std::vector<policy::Letter>> look_at_mail(const std::string& spool, const std::string& prefix,
                                                       std::int64_t now_wall_ms, base::StopSignals& stop) {
  std::vector<policy::Letter> letters;
  const auto directory = base::Directory::open(spool);
  if (!directory && directory.error().error == ENOENT) return letters;
  if (!directory) return directory.error();
  const auto waiting = waiting_mail(spool);
  if (!waiting) return waiting.error();
  if (waiting->messages > max_looked_at) {
    letters.assign(max_looked_at,
                   policy::Letter{waiting->octets / waiting->messages, conf::normal_priority, false, {}});
    return letters;
  }
  const auto plan = ask_program(
      {base::sibling_program("maildirserial"), "--plan", "--json", "--", spool, prefix, "true"}, plan_limit, stop);
  if (!plan) return plan.error();
  if (plan->status != 0) return base::temporary("look at " + spool + ": " + base::escape(plan->last_line));
  for (const auto& planned : parse_plan_lines(plan->output)) {
    if (auto letter = letter_of(*directory, planned, now_wall_ms)) letters.push_back(*letter);
  }
  return letters;
}

}  // namespace pppctl
