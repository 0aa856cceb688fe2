// How long ago something of the ledger was. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace pppctl::policy {

// A moment by both clocks.
struct Stamp {
  std::int64_t wall_ms = 0;
  std::int64_t boot_ms = 0;  // CLOCK_BOOTTIME, of this boot alone
  std::string boot_id;
};

// Within one boot no step of the wall clock matters. Across a boot only the wall clock can tell, but never less than
// this boot has lasted: a clock that was put back makes nothing younger than it can be.
std::chrono::milliseconds age_of(const Stamp& then, const Stamp& now);

}  // namespace pppctl::policy
