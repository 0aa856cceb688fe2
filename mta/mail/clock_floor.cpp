#include "mta/mail/clock_floor.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "mta/mail/record.h"

namespace mail {
namespace {

std::optional<std::int64_t> number(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::vector<std::int64_t> numbers(const Fields& fields, std::size_t first) {
  std::vector<std::int64_t> out;
  for (std::size_t i = first; i < fields.size(); ++i) {
    const auto value = number(fields[i]);
    if (!value) return {};
    out.push_back(*value);
  }
  return out;
}

}  // namespace

ClockFloor ClockFloor::parse(std::string_view text) {
  ClockFloor state;
  for (const auto& fields : parse_records(text).records) {
    const std::string& kind = fields.front();
    if (kind == "floor" && fields.size() == 2) {
      state.floor_ = std::max(first_floor, number(fields[1]).value_or(first_floor));
    } else if (kind == "lowered" && fields.size() == 2) {
      state.floor_ = number(fields[1]).value_or(first_floor);  // a person may go below first_floor
    } else if (kind == "jump") {
      const auto values = numbers(fields, 1);
      if (values.size() == 2) state.jumps_.push_back({values[0], values[1]});
    } else if (kind == "pending") {
      const auto values = numbers(fields, 1);
      if (values.size() != 3) continue;
      state.pending_ = {values[0], values[1]};
      state.pending_since_boot_ = values[2];
    } else if (kind == "seen" && fields.size() == 4) {
      const auto values = numbers(fields, 2);
      if (values.size() != 2) continue;
      state.boot_ = fields[1];
      state.last_wall_ = values[0];
      state.last_boot_ = values[1];
    }
  }
  state.kept_floor_ = state.floor_;
  return state;
}

std::string ClockFloor::format() const {
  std::string text = format_record({floor_ < first_floor ? "lowered" : "floor", std::to_string(floor_)});
  for (const auto& jump : jumps_)
    text += format_record({"jump", std::to_string(jump.from), std::to_string(jump.seconds)});
  if (pending_since_boot_ >= 0) {
    text += format_record({"pending", std::to_string(pending_.from), std::to_string(pending_.seconds),
                           std::to_string(pending_since_boot_)});
  }
  text += format_record({"seen", boot_, std::to_string(last_wall_), std::to_string(last_boot_)});
  return text;
}

void ClockFloor::accept_jump(std::int64_t now) {
  jumps_.push_back(pending_);
  if (jumps_.size() > max_jumps) jumps_.erase(jumps_.begin());
  pending_since_boot_ = -1;
  floor_ = std::max(floor_, now);
  changed_ = true;
}

ClockTrust ClockFloor::observe(const base::ClockReading& now, std::string_view boot_id) {
  const bool same_boot = !boot_.empty() && boot_ == boot_id && now.boot_seconds >= last_boot_;
  if (same_boot) {
    const std::int64_t expected = last_wall_ + (now.boot_seconds - last_boot_);
    const std::int64_t forward = now.wall_seconds - expected;
    if (forward > jump_seconds) {
      // A second jump while one is watched: one jump from the first one's start.
      const std::int64_t from = pending_since_boot_ >= 0 ? pending_.from : expected;
      pending_ = {from,
                  now.wall_seconds - from - (pending_since_boot_ >= 0 ? now.boot_seconds - pending_since_boot_ : 0)};
      pending_since_boot_ = now.boot_seconds;
      changed_ = true;
    } else if (pending_since_boot_ >= 0 && forward < -jump_seconds) {
      // Set back again before it was believed.
      pending_since_boot_ = -1;
      changed_ = true;
    }
  } else {
    // CLOCK_BOOTTIME says nothing across boots: what had not held for an hour is not watched any further.
    changed_ = changed_ || pending_since_boot_ >= 0 || boot_ != boot_id;
    pending_since_boot_ = -1;
  }
  boot_ = boot_id;
  last_wall_ = now.wall_seconds;
  last_boot_ = now.boot_seconds;

  if (pending_since_boot_ >= 0) {
    if (now.boot_seconds - pending_since_boot_ < hold_seconds) return trust_ = ClockTrust::jumped;
    accept_jump(now.wall_seconds);
  }
  if (now.wall_seconds < floor_) return trust_ = ClockTrust::below_floor;
  floor_ = now.wall_seconds;
  changed_ = changed_ || floor_ - kept_floor_ >= 60;
  return trust_ = ClockTrust::trusted;
}

std::int64_t ClockFloor::age(std::int64_t began) const {
  if (trust_ != ClockTrust::trusted) return 0;
  std::int64_t seconds = last_wall_ - began;
  for (const auto& jump : jumps_) {
    if (began <= jump.from) seconds -= jump.seconds;
  }
  return std::max<std::int64_t>(seconds, 0);
}

void ClockFloor::confirm(const base::ClockReading& now, std::string_view boot_id) {
  observe(now, boot_id);
  if (pending_since_boot_ >= 0) accept_jump(now.wall_seconds);
  floor_ = now.wall_seconds;
  trust_ = ClockTrust::trusted;
  changed_ = true;
}

}  // namespace mail
