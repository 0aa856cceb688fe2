#include "tests/bench/lane.h"

#include <algorithm>

namespace bench {
namespace {

constexpr std::uint64_t bits_an_octet = 8;
constexpr std::uint64_t second = 1'000'000'000;

}  // namespace

std::size_t Lane::piece_octets() const {
  const auto octets = rate_ * static_cast<std::uint64_t>(piece_time.count()) / second / bits_an_octet;
  return std::max<std::size_t>(1, octets);
}

Lane::Passage Lane::send(Moment now, std::size_t octets) {
  const Moment begin = is_idle_ ? now : free_at_;
  const Span pause = octets_ == 0 ? Span() : begin - free_at_;
  const Span took(static_cast<std::int64_t>(octets * bits_an_octet * second / rate_));
  free_at_ = begin + took;
  is_idle_ = false;
  octets_ += octets;
  busy_ += took;
  return {begin, free_at_, free_at_ + delay_, pause};
}

void Lane::found_idle(Moment now) {
  if (is_free(now)) is_idle_ = true;
}

}  // namespace bench
