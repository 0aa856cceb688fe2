#include "pppctl/next_look.h"

#include <algorithm>
#include <limits>

#include "base/directory.h"
#include "conf/text.h"

namespace pppctl {
namespace {

constexpr const char* look_name = "next-look";
constexpr std::size_t max_look_bytes = 64;
constexpr std::int64_t far_future_ms = std::numeric_limits<std::int64_t>::max() / 4;  // room to count with

}  // namespace

base::Result<void> write_next_look(const conf::Places& places, std::optional<std::int64_t> wall_ms) {
  if (auto made = base::make_path(places.run, 0755); !made) return made;
  const auto run = base::Directory::open(places.run);
  if (!run) return run.error();
  return base::replace_file(*run, look_name, std::to_string(wall_ms.value_or(far_future_ms)) + "\n");
}

std::int64_t read_next_look(const conf::Places& places) {
  const auto text = base::read_file(places.run + "/" + look_name, max_look_bytes);
  const auto time = text ? conf::decimal(conf::without_trailing_blanks(*text)) : std::optional<std::uint64_t>();
  return time && *time < static_cast<std::uint64_t>(far_future_ms) ? static_cast<std::int64_t>(*time) : far_future_ms;
}

std::chrono::milliseconds rest_until(std::int64_t next_wall_ms, std::int64_t now_wall_ms) {
  return std::clamp<std::chrono::milliseconds>(std::chrono::milliseconds(next_wall_ms - now_wall_ms), shortest_rest,
                                               longest_rest);
}

}  // namespace pppctl
