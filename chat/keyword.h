// The words that are keywords in the place of an expect.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace chat {

enum class Keyword { abort, clear_abort, report, clear_report, timeout, echo, hangup, say };

// Only a whole word in upper case is one.
std::optional<Keyword> keyword_of(std::string_view word);

// The leading whole number of a time limit; 0 where there is none.
std::chrono::seconds leading_seconds(std::string_view text);

}  // namespace chat
