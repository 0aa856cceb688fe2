#include "conf/assign.h"

#include <limits>
#include <vector>

#include "base/log.h"
#include "conf/text.h"

namespace conf {
namespace {

// "=local:user:uid:gid:homedir:dash:ext:": each field ends at a colon, and what follows the last is ignored.
constexpr std::size_t fields_of_entry = 7;

std::vector<std::string_view> fields(std::string_view line) {
  std::vector<std::string_view> out;
  while (out.size() < fields_of_entry) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) break;
    out.push_back(line.substr(0, colon));
    line.remove_prefix(colon + 1);
  }
  return out;
}

template <class Id>
std::optional<Id> id_number(std::string_view text) {
  const auto number = decimal(text);
  if (!number || *number >= std::numeric_limits<Id>::max())
    return std::nullopt;  // the greatest means "no id" to the kernel
  return static_cast<Id>(*number);
}

}  // namespace

base::Result<Users> Users::parse(std::string_view text, std::string_view file) {
  Users users;
  std::size_t last_line = 1;
  for (const auto& line : numbered_lines(text)) {
    last_line = line.number;
    if (line.text == ".") return users;
    const bool exact = line.text.starts_with('=');
    if (!exact && !line.text.starts_with('+')) {
      return fault(
          file, line.number,
          "'" + base::escape(line.text.substr(0, 40)) + "' begins with neither = nor + and is not the final .");
    }
    const auto part = fields(line.text.substr(1));
    if (part.size() < fields_of_entry) {
      return fault(file, line.number,
                   std::to_string(part.size()) + " colons of 7; an entry is =local:user:uid:gid:homedir:dash:ext:");
    }
    if (exact && part[0].empty()) return fault(file, line.number, "an exact entry needs a local part");
    const auto uid = id_number<uid_t>(part[2]);
    if (!uid) return fault(file, line.number, "'" + base::escape(part[2]) + "' is not a uid");
    const auto gid = id_number<gid_t>(part[3]);
    if (!gid) return fault(file, line.number, "'" + base::escape(part[3]) + "' is not a gid");
    if (!part[4].starts_with('/'))
      return fault(file, line.number, "home '" + base::escape(part[4]) + "' is not an absolute path");
    auto& entries = exact ? users.exact_ : users.wildcard_;
    // emplace keeps what is there: the first entry wins.
    entries.emplace(lower(part[0]), Assignment{std::string(part[1]), *uid, *gid, std::string(part[4]),
                                               std::string(part[5]), std::string(part[6])});
  }
  return fault(file, last_line, "the final line . is missing: the file was cut short");
}

std::optional<Assignment> Users::find(std::string_view local) const {
  const std::string wanted = lower(local);
  if (const auto found = exact_.find(wanted); found != exact_.end()) return found->second;
  for (std::size_t length = wanted.size() + 1; length-- > 0;) {
    const auto found = wildcard_.find(std::string_view(wanted).substr(0, length));
    if (found == wildcard_.end()) continue;
    Assignment assignment = found->second;
    assignment.ext += local.substr(length);
    return assignment;
  }
  return std::nullopt;
}

base::Result<Users> load_users(const Places& places) {
  auto text = read_config_file(places.assign_file());
  if (!text) return text.error();
  if (!*text) return Users();
  return Users::parse(**text, places.assign_file());
}

}  // namespace conf
