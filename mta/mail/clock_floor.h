// Whether the wall clock can be believed, and how old something is when clocks are set wrong, set right, and lost.
//
// A machine without a battery clock starts in 1970, is put right when the line comes up, and falls back at the next
// power cut. The floor is the newest time ever believed. Below it nothing expires. A jump forward of more than an hour
// against CLOCK_BOOTTIME is not believed until it has held for an hour or a person confirmed it; then ages that began
// before the jump are re-based: the jump does not count as time that passed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace mail {

enum class ClockTrust {
  trusted,
  below_floor,  // the clock is behind a time that we have already seen
  jumped        // it has just been set forward; not held for an hour yet
};

// Never believed below this: the time at which this source was written.
inline constexpr std::int64_t first_floor = 1'767'225'600;  // 1 January 2026

class ClockFloor {
 public:
  static constexpr std::int64_t jump_seconds = 3600;
  static constexpr std::int64_t hold_seconds = 3600;
  static constexpr std::size_t max_jumps = 32;  // the oldest are forgotten: what began before them is then only older

  ClockFloor() = default;

  // The file's text, written by format(). Anything unreadable is a fresh state: a lost file expires nothing too early,
  // because ages only count from times that were trusted.
  static ClockFloor parse(std::string_view text);
  [[nodiscard]] std::string format() const;

  // Takes note of the clocks; call it before asking for trust or ages, and at least every few minutes in a daemon.
  ClockTrust observe(const base::ClockReading& now, std::string_view boot_id);
  [[nodiscard]] ClockTrust trust() const { return trust_; }
  [[nodiscard]] std::int64_t floor() const { return floor_; }

  // Seconds since `began`, a wall time that was trusted when it was taken; the jumps since then left out; never
  // negative. 0 while the clock is not trusted: nothing expires.
  [[nodiscard]] std::int64_t age(std::int64_t began) const;

  // A person says that the present time is right: the jump is accepted, or the floor lowered to now.
  void confirm(const base::ClockReading& now, std::string_view boot_id);

  // True when format() differs in more than the last observation from what was parsed: worth writing at once.
  [[nodiscard]] bool changed() const { return changed_; }
  void mark_written() {
    changed_ = false;
    kept_floor_ = floor_;
  }

 private:
  struct Jump {
    std::int64_t from = 0;  // the wall time just before it
    std::int64_t seconds = 0;
  };

  void accept_jump(std::int64_t now);

  std::int64_t floor_ = first_floor;
  std::int64_t kept_floor_ = 0;  // as it stands in the file
  std::vector<Jump> jumps_;
  // The last observation, for comparing the two clocks within one boot.
  std::string boot_;
  std::int64_t last_wall_ = 0;
  std::int64_t last_boot_ = 0;
  // A jump that is being watched; since_boot_ < 0: none.
  Jump pending_;
  std::int64_t pending_since_boot_ = -1;
  ClockTrust trust_ = ClockTrust::below_floor;
  bool changed_ = false;
};

}  // namespace mail
