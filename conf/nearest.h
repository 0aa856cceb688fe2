// Which valid word a misspelt one may have meant.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace conf {

// Insertions, deletions, replacements and swaps of neighbours that lead from one word to the other; case ignored.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The nearest of the known words, or an empty string when none is near enough to be worth proposing.
std::string nearest(std::string_view word, const std::vector<std::string>& known);

// "; did you mean NAME?" or, when nothing is near, an empty string.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& known);

}  // namespace conf
