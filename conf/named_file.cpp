#include "conf/named_file.h"

#include <algorithm>

#include "base/directory.h"
#include "base/log.h"
#include "conf/nearest.h"

namespace conf {

base::Result<std::vector<std::string>> names_in(const std::string& folder, const std::string& suffix) {
  const auto directory = base::Directory::open(folder);
  auto names = directory ? directory->list() : base::Result<std::vector<std::string>>(directory.error());
  std::vector<std::string> out;
  if (!names) {
    if (names.error().error != ENOENT) return names.error();
    return out;
  }
  for (const auto& name : *names) {
    if (!name.starts_with('.') && name.size() > suffix.size() && name.ends_with(suffix)) {
      out.push_back(name.substr(0, name.size() - suffix.size()));
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

base::Result<std::string> named_file(const std::string& folder, const std::string& name, const std::string& what) {
  const auto known = names_in(folder, ".toml");
  if (!known) return known.error();
  if (std::find(known->begin(), known->end(), name) != known->end()) return folder + "/" + name + ".toml";
  return base::permanent("no " + what + " '" + base::escape(name) + "' in " + folder + did_you_mean(name, *known));
}

}  // namespace conf
