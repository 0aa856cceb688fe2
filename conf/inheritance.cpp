#include "conf/inheritance.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include "base/log.h"
#include "conf/named_file.h"
#include "conf/nearest.h"

namespace conf {
namespace {

constexpr std::string_view key = "inherits";

std::string chain_text(const std::vector<std::string>& names, const std::string& last) {
  std::string text;
  for (const auto& name : names) text += "'" + base::escape(name) + "', then ";
  return text + "'" + base::escape(last) + "'";
}

// What is wrong with the last file's base; empty: nothing.
std::string fault_of(const std::vector<std::string>& chain, const std::string& name,
                     const std::vector<std::string>& known, const std::string& what) {
  if (std::find(chain.begin(), chain.end(), name) != chain.end()) return "goes in a circle: " + chain_text(chain, name);
  if (std::find(known.begin(), known.end(), name) == known.end())
    return "names '" + base::escape(name) + "', and there is no such " + what + did_you_mean(name, known);
  if (chain.size() > max_bases)
    return "makes a chain of more than " + std::to_string(max_bases) + " bases: " + chain_text(chain, name);
  return "";
}

}  // namespace

base::Result<TomlFile> load_with_bases(const std::string& path, const std::string& what) {
  const std::filesystem::path place(path);
  const auto folder = place.parent_path().string();
  auto file = TomlFile::load(path);
  if (!file) return file;
  std::vector<std::string> chain{place.stem().string()};
  auto name = file->top().text(key);
  std::optional<TomlFile> last;
  while (name) {
    auto& top = (last ? *last : *file).top();
    const auto known = names_in(folder, ".toml");
    if (!known) return known.error();
    if (const auto fault = fault_of(chain, *name, *known, what); !fault.empty()) return top.failure(key, fault);
    auto next = TomlFile::load(folder + "/" + *name + ".toml");
    if (!next) return next;
    chain.push_back(*name);
    name = next->top().text(key);
    if (last) file->inherit(std::move(*last));
    last.emplace(std::move(*next));
  }
  if (last) file->inherit(std::move(*last));
  return file;
}

}  // namespace conf
