// What goes behind ATDT.
#pragma once

#include <string_view>

namespace conf {

// The characters of V.250 §6.3.1's dial string, and what people write between digits.
bool is_dial_string(std::string_view text);

}  // namespace conf
