#include "chat/keyword.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

namespace chat {
namespace {

// As atoi: blanks, a sign, digits; no number is 0.
long long leading_number(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t\n\v\f\r");
  if (start == std::string_view::npos) return 0;
  text.remove_prefix(start);
  if (text.starts_with('+')) text.remove_prefix(1);
  long long number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  constexpr long long most = std::numeric_limits<int>::max();
  if (read.ec == std::errc::result_out_of_range) return text.starts_with('-') ? -most : most;
  return std::clamp(number, -most, most);
}

}  // namespace

std::chrono::seconds leading_seconds(std::string_view text) { return std::chrono::seconds(leading_number(text)); }

std::optional<Keyword> keyword_of(std::string_view word) {
  using Entry = std::pair<std::string_view, Keyword>;
  static constexpr std::array<Entry, 8> keywords{{
      {"ABORT", Keyword::abort},
      {"CLR_ABORT", Keyword::clear_abort},
      {"REPORT", Keyword::report},
      {"CLR_REPORT", Keyword::clear_report},
      {"TIMEOUT", Keyword::timeout},
      {"ECHO", Keyword::echo},
      {"HANGUP", Keyword::hangup},
      {"SAY", Keyword::say},
  }};
  const auto* found = std::ranges::find(keywords, word, &Entry::first);
  return found == keywords.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace chat
