#include "mta/net/clock_file.h"

#include "base/clock.h"
#include "base/directory.h"

namespace net {
namespace {

constexpr std::size_t max_clock_bytes = 64 * 1024;

}  // namespace

mail::ClockFloor read_clock_floor(const std::string& clock_file) {
  const auto text = base::read_file(clock_file, max_clock_bytes);
  auto floor = text ? mail::ClockFloor::parse(*text) : mail::ClockFloor();
  floor.observe(base::read_clock(), base::boot_id());
  return floor;
}

}  // namespace net
