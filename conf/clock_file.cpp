#include "conf/clock_file.h"

#include "base/directory.h"
#include "conf/text.h"

namespace conf {

std::optional<std::int64_t> parse_clock_floor(std::string_view text) {
  std::optional<std::int64_t> floor;
  for (const auto& line : numbered_lines(text)) {
    const auto words = words_of(line.text);  // checksum, kind, value
    if (words.size() != 3 || (words[1] != "floor" && words[1] != "lowered")) continue;
    if (const auto value = decimal(words[2])) floor = static_cast<std::int64_t>(*value);
  }
  return floor;
}

std::optional<std::int64_t> read_clock_floor(const Places& places) {
  const auto text = base::read_file(places.clock_file(), max_clock_bytes);
  return text ? parse_clock_floor(*text) : std::nullopt;
}

}  // namespace conf
