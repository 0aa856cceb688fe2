#include "serialmail/numbers.h"

#include <charconv>

namespace serialmail {

base::Result<std::int64_t> read_number(const std::string& option, const std::string& text, std::int64_t least,
                                       std::int64_t most) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || value < least || value > most) {
    return base::permanent(option + ": not a number from " + std::to_string(least) + " to " + std::to_string(most) +
                           ": " + text);
  }
  return value;
}

}  // namespace serialmail
