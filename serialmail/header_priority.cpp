#include "serialmail/header_priority.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "conf/text.h"

namespace serialmail {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// The first word of a value, without what stands in parentheses before it: " (see below) 3 (Normal)" is "3".
std::string_view first_word(std::string_view value) {
  std::size_t depth = 0;
  std::size_t start = 0;
  for (; start < value.size(); ++start) {
    const char c = value[start];
    if (c == '(') {
      ++depth;
    } else if (c == ')' && depth > 0) {
      --depth;
    } else if (depth == 0 && !is_blank(c)) {
      break;
    }
  }
  std::size_t end = start;
  while (end < value.size() && !is_blank(value[end]) && value[end] != '(') ++end;
  return value.substr(start, end - start);
}

using Named = std::pair<std::string_view, int>;

template <std::size_t size>
std::optional<int> look_up(const std::array<Named, size>& names, std::string_view word) {
  for (const auto& [name, priority] : names) {
    if (word == name) return priority;
  }
  return std::nullopt;
}

constexpr std::array<std::string_view, 3> field_names{"mt-priority", "priority", "x-priority"};

bool begins_with(std::string_view line, std::string_view lower_name) {
  return line.size() >= lower_name.size() && std::equal(lower_name.begin(), lower_name.end(), line.begin(),
                                                        [](char a, char b) { return a == b || a == (b | 0x20); });
}

constexpr std::array<Named, 3> priority_values{{{"urgent", 4}, {"normal", 0}, {"non-urgent", -4}}};
constexpr std::array<Named, 5> x_priority_values{{{"1", 4}, {"2", 2}, {"3", 0}, {"4", -2}, {"5", -4}}};

}  // namespace

int header_priority(const mail::Header& header) {
  if (const auto* field = mail::find_field(header, "MT-Priority")) {
    if (const auto priority = conf::parse_priority(first_word(field->value))) return *priority;
  }
  if (const auto* field = mail::find_field(header, "Priority")) {
    if (const auto priority = look_up(priority_values, conf::lower(first_word(field->value)))) return *priority;
  }
  if (const auto* field = mail::find_field(header, "X-Priority")) {
    if (const auto priority = look_up(x_priority_values, first_word(field->value))) return *priority;
  }
  return conf::normal_priority;
}

bool names_no_priority(std::string_view begun) {
  for (auto lf = begun.find('\n'); lf != std::string_view::npos; lf = begun.find('\n')) {
    if (lf == 0) return true;
    if (std::any_of(field_names.begin(), field_names.end(), [&](auto name) { return begins_with(begun, name); })) {
      return false;
    }
    begun.remove_prefix(lf + 1);
  }
  return false;
}

}  // namespace serialmail
