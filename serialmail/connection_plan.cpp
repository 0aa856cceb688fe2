#include "serialmail/connection_plan.h"

namespace serialmail {

ConnectionPlan::Advice ConnectionPlan::observe(Time now, const Scene& scene) {
  if (last_) account(now - *last_);
  last_ = now;
  if (scene.open != scene_.open) watched_ = crowded_ = Time{0};
  scene_ = scene;
  if (!is_idle()) gap_ = Time{0};
  if (scene.streams) return scene.open > 1 ? Advice::close : Advice::stay;
  if (may_open() && idle_ >= price()) {
    idle_ = Time{0};
    enough_ = std::max(enough_, scene.open + 1);
    return Advice::open;
  }
  const bool was_watched = exchange_ && watched_ >= *exchange_ * crowd_exchanges;
  if (!was_watched) return Advice::stay;
  const bool is_crowded = scene.open > 1 && crowded_ * 100 >= watched_ * crowd_percent;
  watched_ = crowded_ = Time{0};
  if (!is_crowded) return Advice::stay;
  enough_ = scene.open - 1;
  idle_ = Time{0};
  return Advice::close;
}

void ConnectionPlan::account(Time passed) {
  watched_ += passed;
  if (scene_.with_octets > 1) crowded_ += passed;
  if (!is_idle() || !exchange_) return;
  const auto before = std::min(gap_, *exchange_);
  gap_ += passed;
  idle_ += std::min(gap_, *exchange_) - before;
}

bool ConnectionPlan::may_open() const {
  return exchange_ && *exchange_ >= min_exchange && scene_.open < limit_ && scene_.mail_waits && !scene_.streams;
}

// The octets of a set-up take the line for less than half of an exchange. What is being set up may be enough.
ConnectionPlan::Time ConnectionPlan::price() const {
  if (scene_.open >= enough_) return std::max(set_up_, *exchange_) * reopening_costs;
  if (set_up_ > Time{0}) return set_up_ * (1 + scene_.setting_up);
  if (!scene_.in_lock_step) return *exchange_ * (1 + scene_.setting_up) / 2;
  return *exchange_ * (scene_.open == 1 ? 0 : std::max<std::size_t>(scene_.setting_up, 1)) / 2;
}

std::optional<ConnectionPlan::Time> ConnectionPlan::due() const {
  if (!last_ || !is_idle() || !may_open() || gap_ >= *exchange_) return std::nullopt;
  return *last_ + std::max(price() - idle_, Time{1});
}

}  // namespace serialmail
