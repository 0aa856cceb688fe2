#include "modem/ctl/profiles.h"

#include <algorithm>

#include "base/directory.h"
#include "base/log.h"
#include "conf/places.h"

namespace modem {

std::vector<conf::ModemProfile> all_profiles() {
  static constexpr std::string_view suffix = ".toml";
  const auto places = conf::Places::from_environment();
  const auto folder = base::Directory::open(places.modems_dir());
  auto names = folder ? folder->list() : base::Result<std::vector<std::string>>(std::vector<std::string>());
  std::vector<conf::ModemProfile> profiles;
  if (!names) return profiles;
  std::sort(names->begin(), names->end());
  for (const auto& file : *names) {
    if (!file.ends_with(suffix)) continue;
    auto profile = conf::load_modem(places, file.substr(0, file.size() - suffix.size()), conf::Need::optional);
    if (profile) {
      profiles.push_back(std::move(*profile));
    } else {
      base::log(base::Level::warning, profile.error().text);
    }
  }
  return profiles;
}

std::vector<Candidate> base_candidates() {
  std::vector<Candidate> candidates;
  for (auto& profile : all_profiles()) {
    if (profile.port.empty()) candidates.push_back({std::move(profile.name), std::move(profile.matches)});
  }
  return candidates;
}

}  // namespace modem
