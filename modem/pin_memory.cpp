#include "modem/pin_memory.h"

#include <crypt.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <optional>

#include "base/io.h"
#include "base/private_file.h"
#include "conf/text.h"

namespace modem {
namespace {

constexpr mode_t folder_mode = 0700;
constexpr mode_t file_mode = 0600;
constexpr std::size_t max_file_bytes = 16 * 1024;
constexpr std::string_view suffix = ".pins";

std::optional<PinFate> fate_of(std::string_view word) {
  if (word == "sent") return PinFate::sent;
  if (word == "refused") return PinFate::refused;
  return std::nullopt;
}

std::string_view word(PinFate fate) { return fate == PinFate::refused ? "refused" : "sent"; }

// With the salt that stands in the setting, which may be a whole hash. Empty: it cannot be made.
std::string hashed(std::string_view pin, const std::string& setting) {
  const auto data = std::make_unique<crypt_data>();
  std::string phrase(pin);
  const char* hash = ::crypt_r(phrase.c_str(), setting.c_str(), data.get());
  base::wipe(phrase);
  return hash != nullptr && hash[0] != '*' ? std::string(hash) : std::string();
}

base::Result<std::string> newly_hashed(std::string_view pin) {
  std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> setting{};
  const char* made = ::crypt_gensalt_rn("$6$", 0, nullptr, 0, setting.data(), static_cast<int>(setting.size()));
  auto hash = made != nullptr ? hashed(pin, made) : std::string();
  if (hash.empty()) return base::system_failure("hash the PIN");
  return hash;
}

}  // namespace

base::Result<PinMemory> PinMemory::open(const std::string& folder, const std::string& profile,
                                        const std::string& serial) {
  if (auto made = base::make_path(folder, folder_mode); !made) return made.error();
  auto directory = base::Directory::open(folder);
  if (!directory) return directory.error();
  std::vector<std::string> names{profile + std::string(suffix)};
  if (!serial.empty()) names.push_back("serial-" + serial + std::string(suffix));
  return PinMemory(std::move(*directory), std::move(names));
}

base::Result<std::vector<PinMemory::Entry>> PinMemory::read(const std::string& name) const {
  std::vector<Entry> entries;
  const auto path = folder_.path() + "/" + name;
  const auto fd = base::open_private_file(path);
  if (!fd && fd.error().error == ENOENT) return entries;
  if (!fd) return fd.error();
  const auto text = base::read_all(*fd, max_file_bytes, path);
  if (!text) return text.error();
  std::string_view rest = *text;
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const auto words = conf::words_of(line);
    const auto fate = words.size() == 2 ? fate_of(words[0]) : std::nullopt;
    if (!fate) return base::permanent(path + " is damaged: remove it if no PIN in it was refused");
    entries.push_back({std::string(words[1]), *fate});
  }
  return entries;
}

base::Result<PinFate> PinMemory::fate(std::string_view pin) const {
  auto worst = PinFate::unsent;
  for (const auto& name : names_) {
    const auto entries = read(name);
    if (!entries) return entries.error();
    for (const auto& entry : *entries) {
      const auto hash = hashed(pin, entry.hash);
      if (hash.empty()) return base::permanent(folder_.path() + "/" + name + " holds what is no hash");
      if (hash == entry.hash) worst = std::max(worst, entry.fate);
    }
  }
  return worst;
}

base::Result<void> PinMemory::note(std::string_view pin, PinFate fate) {
  for (const auto& name : names_) {
    auto entries = read(name);
    if (!entries) return entries.error();
    std::erase_if(*entries, [&](const Entry& entry) { return hashed(pin, entry.hash) == entry.hash; });
    if (fate != PinFate::unsent) {
      auto hash = newly_hashed(pin);
      if (!hash) return hash.error();
      entries->push_back({std::move(*hash), fate});
    }
    if (entries->size() > max_pins) entries->erase(entries->begin());
    std::string text;
    for (const auto& entry : *entries) text.append(word(entry.fate)).append(" ").append(entry.hash).append("\n");
    if (auto written = base::replace_file(folder_, name, text, file_mode); !written) return written;
  }
  return {};
}

std::string PinMemory::files() const {
  std::string all;
  for (const auto& name : names_) all += (all.empty() ? "" : " and ") + folder_.path() + "/" + name;
  return all;
}

}  // namespace modem
