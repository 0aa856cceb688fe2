#include "pppctl/policy/letter_head.h"

#include <optional>
#include <string>

#include "conf/text.h"

namespace pppctl::policy {
namespace {

// The value of a line "Name: value", from its first character that is no blank; empty optional for another line.
std::optional<std::string> value_of(std::string_view line, std::string_view lower_name) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return {};
  if (conf::lower(conf::without_trailing_blanks(line.substr(0, colon))) != lower_name) return {};
  auto value = line.substr(colon + 1);
  const auto begin = value.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return "";
  return conf::lower(conf::without_trailing_blanks(value.substr(begin)));
}

}  // namespace

bool is_automatic(std::string_view head) {
  bool is_first = true;
  while (!head.empty()) {
    const auto end = head.find('\n');
    const auto line = conf::without_trailing_blanks(head.substr(0, end));
    if (line.empty()) return false;
    // The envelope's line; one that the message has brought along further down is only a field.
    if (is_first && value_of(line, "return-path") == "<>") return true;
    is_first = false;
    const auto submitted = value_of(line, "auto-submitted");
    if (submitted && *submitted != "no" && !submitted->starts_with("no;") && !submitted->starts_with("no "))
      return true;
    if (value_of(line, "x-cron-env")) return true;
    if (end == std::string_view::npos) return false;
    head.remove_prefix(end + 1);
  }
  return false;
}

}  // namespace pppctl::policy
