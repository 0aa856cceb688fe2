#include "serialmail/flush_order.h"

#include <algorithm>
#include <tuple>

#include "base/bug.h"
#include "serialmail/body_groups.h"

namespace serialmail {
namespace {

constexpr std::uint64_t bits_of_octet = 8;

bool is_older(const Candidate& a, const Candidate& b) {
  return mail::is_older({a.path, a.mtime_seconds, a.mtime_nanoseconds, 0},
                        {b.path, b.mtime_seconds, b.mtime_nanoseconds, 0});
}

std::chrono::duration<double> time_at(std::uint64_t bits, std::uint64_t octets) {
  return std::chrono::duration<double>(static_cast<double>(octets) * static_cast<double>(bits_of_octet) /
                                       static_cast<double>(bits));
}

// Whether the rate has changed so much that the order should be looked at again; each time costs a sort.
bool differs(std::uint64_t a, std::uint64_t b) { return a > b + b / 4 || b > a + a / 4; }

}  // namespace

std::string_view word(Bound bound) {
  switch (bound) {
    case Bound::time:
      return "time";
    case Bound::bytes:
      return "bytes";
    case Bound::size:
      return "size";
    case Bound::priority:
      return "priority";
  }
  base::bug("bad bound");
}

void LineRate::answered(std::optional<std::uint64_t> octets, FlushTime now) {
  // Before the first answer the session was being set up, and what crossed meanwhile is not known.
  if (last_answer_ && octets) {
    measured_octets_ += *octets;
    measured_time_ += now - *last_answer_;
  }
  last_answer_ = now;
}

std::uint64_t LineRate::bits() const {
  if (measured_time_ < least_measured_time) return given_.value_or(default_line_bits);
  const double rate = static_cast<double>(measured_octets_ * bits_of_octet) / measured_time_.count();
  return std::max<std::uint64_t>(static_cast<std::uint64_t>(rate), 1);
}

std::chrono::duration<double> LineRate::time_for(std::uint64_t octets) const { return time_at(bits(), octets); }

void FlushOrder::begin(std::vector<Candidate> candidates) {
  candidates_ = std::move(candidates);
  next_ = 0;
  load_.outstanding = 0;
  rate_.begin_session();
  sort_waiting();
}

void FlushOrder::add(std::vector<Candidate> candidates) {
  if (candidates.empty()) return;
  candidates_.erase(candidates_.begin(), candidates_.begin() + static_cast<std::ptrdiff_t>(next_));
  next_ = 0;
  candidates_.insert(candidates_.end(), candidates.begin(), candidates.end());
  sort_waiting();
}

void FlushOrder::sort_waiting() {
  sorted_with_bits_ = rate_.bits();
  std::sort(candidates_.begin() + static_cast<std::ptrdiff_t>(next_), candidates_.end(),
            [this](const auto& a, const auto& b) { return is_before(a, b); });
  gather_copies(std::span(candidates_).subspan(next_));
}

bool FlushOrder::is_big(const Candidate& candidate) const {
  return settings_.big.count() > 0 && rate_.time_for(candidate.octets) > settings_.big;
}

bool FlushOrder::is_before(const Candidate& a, const Candidate& b) const {
  const auto rank = [&](const Candidate& c) {
    return std::tuple(c.goes_last, -c.priority, c.standing, c.standing != Standing::resumable && is_big(c));
  };
  const auto rank_a = rank(a);
  const auto rank_b = rank(b);
  return rank_a != rank_b ? rank_a < rank_b : is_older(a, b);
}

bool FlushOrder::join(Candidate candidate) {
  candidate.follows = false;
  const auto waiting = candidates_.begin() + static_cast<std::ptrdiff_t>(next_);
  const auto is_less_urgent = [&](const auto& other) { return other.priority < candidate.priority; };
  if (std::none_of(waiting, candidates_.end(), is_less_urgent)) return false;
  const auto place = std::find_if(waiting, candidates_.end(),
                                  [&](const auto& other) { return !other.follows && is_before(candidate, other); });
  const bool has_likeness = candidate.likeness != 0;
  candidates_.insert(place, candidate);
  if (has_likeness) gather_copies(std::span(candidates_).subspan(next_));
  return true;
}

std::optional<Bound> FlushOrder::bound_of(const Candidate& candidate, const Load& load, FlushTime now) const {
  if (candidate.priority < settings_.min_priority) return Bound::priority;
  if (settings_.max_size && candidate.octets > *settings_.max_size) return Bound::size;
  if (settings_.max_time) {
    const std::chrono::duration<double> elapsed = now - start_;
    if (elapsed >= *settings_.max_time) return Bound::time;
    // Only by a rate that somebody vouches for: by a supposed one, or one measured low, a message might never go.
    if (settings_.rate_bits &&
        elapsed + time_at(*settings_.rate_bits, load.outstanding + candidate.line_octets()) > *settings_.max_time) {
      return Bound::time;
    }
  }
  if (!settings_.max_bytes) return std::nullopt;
  const auto room = *settings_.max_bytes - std::min(load.given, *settings_.max_bytes);
  return candidate.line_octets() > room ? std::optional(Bound::bytes) : std::nullopt;
}

void FlushOrder::Load::add(const Candidate& candidate) {
  given += candidate.line_octets();
  outstanding += candidate.line_octets();
  body_goes = true;
}

std::optional<Candidate> FlushOrder::next(FlushTime now) {
  while (next_ < candidates_.size()) {
    auto candidate = candidates_[next_++];
    candidate.follows = candidate.follows && load_.body_goes;
    if (const auto bound = bound_of(candidate, load_, now)) {
      load_.body_goes = false;
      kept_back_[candidate.unique()] = *bound;
      continue;
    }
    kept_back_.erase(candidate.unique());
    load_.add(candidate);
    return candidate;
  }
  return std::nullopt;
}

std::optional<Candidate> FlushOrder::next_copy(FlushTime now) {
  if (!load_.body_goes || next_ == candidates_.size() || !candidates_[next_].follows) return std::nullopt;
  if (bound_of(candidates_[next_], load_, now)) return std::nullopt;
  return next(now);
}

void FlushOrder::answered(const Candidate& candidate, bool accepted, FlushTime now) {
  load_.outstanding -= std::min(load_.outstanding, candidate.line_octets());
  // A client that takes copies one by one sends the body for each: what its answer shows is not known.
  const bool shows_octets = accepted && !candidate.follows;
  rate_.answered(shows_octets ? std::optional(candidate.octets) : std::nullopt, now);
  if (differs(rate_.bits(), sorted_with_bits_)) sort_waiting();
}

void FlushOrder::foresee(FlushTime now, const Visit& visit) const {
  auto load = load_;
  load.body_goes = false;
  for (auto i = next_; i < candidates_.size(); ++i) {
    auto candidate = candidates_[i];
    candidate.follows = candidate.follows && load.body_goes;
    const auto bound = bound_of(candidate, load, now);
    visit(candidate, bound);
    load.body_goes = false;
    if (!bound) load.add(candidate);
  }
}

std::map<Bound, std::size_t> FlushOrder::kept_back() const {
  std::map<Bound, std::size_t> counts;
  for (const auto& [unique, bound] : kept_back_) ++counts[bound];
  return counts;
}

}  // namespace serialmail
