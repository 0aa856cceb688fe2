#include "conf/sender_priority.h"

#include <algorithm>
#include <charconv>

#include "base/log.h"
#include "conf/text.h"

namespace conf {
namespace {

constexpr std::size_t max_pattern_bytes = 1000;  // an envelope address

bool is_pattern(std::string_view word) {
  if (word == "*" || word == "<>") return true;
  const auto at = word.rfind('@');
  if (at == std::string_view::npos || at + 1 == word.size() || word.size() > max_pattern_bytes) return false;
  return std::all_of(word.begin(), word.end(), [](char c) { return c > ' ' && c < 127; });
}

}  // namespace

std::optional<int> parse_priority(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (value < least_priority || value > greatest_priority) return std::nullopt;
  return value;
}

base::Result<SenderPriorities> SenderPriorities::parse(std::string_view text, std::string_view file) {
  SenderPriorities priorities;
  for (const auto& line : numbered_lines(text)) {
    const auto words = words_of(line.text);
    if (words.empty() || words[0].front() == '#') continue;
    if (words.size() != 2) {
      return fault(file, line.number, std::to_string(words.size()) + " words; a rule is SENDER PRIORITY");
    }
    const auto quoted = [](std::string_view word) { return "'" + base::escape(word) + "' "; };
    if (!is_pattern(words[0])) {
      return fault(file, line.number, quoted(words[0]) + "is no address, no @host, no @.suffix, no <> and no *");
    }
    const auto priority = parse_priority(words[1]);
    if (!priority) return fault(file, line.number, quoted(words[1]) + "is no priority from -9 to 9");
    if (!priorities.rules_.emplace(lower(words[0]), *priority).second) {
      return fault(file, line.number, quoted(words[0]) + "has a rule already");
    }
  }
  return priorities;
}

std::optional<int> SenderPriorities::find(std::string_view sender) const {
  if (rules_.empty()) return std::nullopt;
  const auto get = [&](std::string_view key) -> std::optional<int> {
    const auto found = rules_.find(key);
    return found == rules_.end() ? std::nullopt : std::optional(found->second);
  };
  const std::string wanted = sender.empty() ? "<>" : lower(sender);
  if (const auto exact = get(wanted)) return exact;
  if (const auto at = wanted.rfind('@'); at != std::string::npos) {
    if (const auto host = get(std::string_view(wanted).substr(at))) return host;
    for (auto dot = wanted.find('.', at); dot != std::string::npos; dot = wanted.find('.', dot + 1)) {
      if (const auto suffix = get("@" + wanted.substr(dot))) return suffix;
    }
  }
  return get("*");
}

base::Result<SenderPriorities> load_sender_priorities(const Places& places) {
  const auto path = places.control_file("senderpriority");
  const auto text = read_config_file(path);
  if (!text) return text.error();
  return SenderPriorities::parse(text->value_or(""), path);
}

}  // namespace conf
