#include "conf/caps.h"

#include <algorithm>

#include "conf/named_file.h"

namespace conf {

Caps read_caps(TomlTable& table) {
  Caps caps;
  const auto take = [&](const char* key, std::optional<std::int64_t>& into) {
    into = table.amount(key);
    if (into && *into < 0) table.complain(key, "is less than nothing");
  };
  take("call", caps.call);
  take("day", caps.day);
  take("week", caps.week);
  take("month", caps.month);
  take("failed", caps.failed);
  return caps;
}

base::Result<Caps> load_account(const Places& places, const std::string& name) {
  const auto names = names_in(places.accounts_dir(), ".toml");
  if (!names) return names.error();
  if (std::find(names->begin(), names->end(), name) == names->end()) return Caps();
  const auto path = named_file(places.accounts_dir(), name, "account");
  if (!path) return path.error();
  auto file = TomlFile::load(*path);
  if (!file) return file.error();
  const auto caps = read_caps(file->top());
  if (auto done = file->finish(); !done) return done.error();
  return caps;
}

}  // namespace conf
