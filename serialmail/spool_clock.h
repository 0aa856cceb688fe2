// The clock of a spool: the wall time, and whether lifetimes may be counted by it; remembered in DIR/.offhook/clock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/directory.h"
#include "base/result.h"
#include "mta/mail/clock_floor.h"

namespace serialmail {

class SpoolClock {
 public:
  // A state that cannot be read is a fresh one: nothing expires too early by it.
  static SpoolClock load(const base::Directory& maildir);

  void observe();  // before any of the others; again after a wait
  [[nodiscard]] std::int64_t now() const { return now_; }
  [[nodiscard]] bool trusted() const { return floor_.trust() == mail::ClockTrust::trusted; }
  [[nodiscard]] std::int64_t age(std::int64_t began) const { return floor_.age(began); }

  base::Result<void> save(const base::Directory& maildir);

 private:
  mail::ClockFloor floor_;
  std::string boot_id_;
  std::int64_t now_ = 0;
};

}  // namespace serialmail
