// qmail's control files by qmail's names, defaults and reading rules.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "conf/places.h"

namespace conf {

enum class ControlKind { line, list, number };

// What stands in for a file that is not there.
struct ControlDefault {
  bool is_me = false;          // the content of control/me
  std::string_view text = {};  // else this; for a list: nothing
};

struct ControlFile {
  std::string_view name;
  ControlKind kind;
  ControlDefault fallback;
};

// Every control file that Offhook knows, whichever program reads it.
const std::vector<ControlFile>& control_files();

// Pure: the first line without trailing blanks.
std::string control_line(std::string_view text);
// Pure: one entry a line, trailing blanks dropped, empty lines and lines that begin with # skipped.
std::vector<std::string> control_list(std::string_view text);

// Reads the files anew at each call. A file that is not there is its default, one that cannot be read a temporary
// failure that names it.
class Control {
 public:
  explicit Control(Places places) : places_(std::move(places)) {}

  [[nodiscard]] base::Result<std::optional<std::string>> line(std::string_view name) const;
  // Empty optional: no such file (which for rcpthosts is not the same as an empty one).
  [[nodiscard]] base::Result<std::optional<std::vector<std::string>>> list_if_there(std::string_view name) const;
  [[nodiscard]] base::Result<std::vector<std::string>> list(std::string_view name) const;
  // control/me has no default: without it, or with an empty one, permanent.
  [[nodiscard]] base::Result<std::string> me() const;
  [[nodiscard]] base::Result<std::string> line_or(std::string_view name, std::string_view fallback) const;
  // With the default that control_files() gives, control/me where it says so.
  [[nodiscard]] base::Result<std::string> setting(std::string_view name) const;
  // Anything but decimal digits: permanent, with file and line.
  [[nodiscard]] base::Result<std::uint64_t> number(std::string_view name, std::uint64_t fallback) const;

 private:
  Places places_;
};

// One line a fault: names that no program knows (with the nearest known one), numbers that are none, a missing me.
base::Result<std::vector<std::string>> check_control(const Places& places);

}  // namespace conf
