#include "modem/emulator/line.h"

#include <algorithm>
#include <cmath>

#include "base/bug.h"

namespace emulator {
namespace {

constexpr std::uint64_t second = 1'000'000'000;

// A frame that comes through damaged so often is let go: the line would be given up by then.
constexpr int most_retransmissions = 10;
constexpr double most_good_bits = 1e18;

std::uint64_t size_of(const std::string& bytes) { return static_cast<std::uint64_t>(bytes.size()); }

}  // namespace

Channel::Channel(std::uint64_t bits_per_second, Time delay, const Quality& quality)
    : rate_(bits_per_second), delay_(delay), quality_(quality), random_(quality.seed) {
  if (rate_ == 0 || rate_ > max_bits_per_second) base::bug("Channel: no such rate");
  draw_error();
}

void Channel::draw_error() {
  if (quality_.bit_errors <= 0) return;
  const double bits = std::floor(std::log(1 - random_.fraction()) / std::log1p(-quality_.bit_errors));
  good_bits_ = static_cast<std::uint64_t>(std::min(bits, most_good_bits));
}

// A damaged frame costs a round trip and its own time once more, each time.
void Channel::begin_frame() {
  frame_left_ = frame_octets;
  const auto spread = static_cast<std::uint64_t>(quality_.jitter.count());
  late_ = spread == 0 ? Time::zero() : Time(static_cast<Time::rep>(random_.below(spread + 1)));
  if (quality_.bit_errors <= 0 || !quality_.corrected) return;
  constexpr std::uint64_t bits = frame_octets * bits_an_octet;
  int again = 0;
  for (; good_bits_ < bits && again < most_retransmissions; ++again) draw_error();
  good_bits_ -= std::min(good_bits_, bits);
  if (again > 0) hold_up(bursts_.front().start + again * (quality_.round_trip + needed(frame_octets)));
}

void Channel::hold_up(Time time) {
  for (Burst& burst : bursts_) {
    burst.start = std::max(burst.start, time);
    time = burst.start + needed(burst.taken + size_of(burst.bytes));
  }
}

void Channel::damage(std::string& bytes) {
  if (quality_.bit_errors <= 0 || quality_.corrected) return;
  const std::uint64_t bits = size_of(bytes) * bits_an_octet;
  std::uint64_t at = 0;
  while (good_bits_ < bits - at) {
    at += good_bits_;
    char& octet = bytes[static_cast<std::size_t>(at / bits_an_octet)];
    octet = static_cast<char>(static_cast<unsigned char>(octet) ^ (1U << (at % bits_an_octet)));
    ++at;
    draw_error();
  }
  good_bits_ -= bits - at;
}

// Whole seconds and the rest apart, so that nothing overflows and nothing is rounded twice.
Time Channel::needed(std::uint64_t octets) const {
  const std::uint64_t bits = octets * bits_an_octet;
  const std::uint64_t rest = (bits % rate_) * second;
  return Time(static_cast<Time::rep>(bits / rate_ * second + (rest + rate_ - 1) / rate_));
}

// The most octets whose needed() is within the time.
std::uint64_t Channel::sent_within(Time elapsed) const {
  if (elapsed <= Time::zero()) return 0;
  const auto whole = static_cast<std::uint64_t>(elapsed.count());
  const std::uint64_t bits = whole / second * rate_;
  return bits / bits_an_octet + ((bits % bits_an_octet) * second + whole % second * rate_) / (bits_an_octet * second);
}

std::uint64_t Channel::sent(const Burst& burst, Time by) const {
  return std::min(sent_within(by - burst.start), burst.taken + size_of(burst.bytes));
}

void Channel::put(Time now, std::string_view bytes) {
  if (bytes.empty()) return;
  const bool idle =
      bursts_.empty() || bursts_.back().start + needed(bursts_.back().taken + size_of(bursts_.back().bytes)) < now;
  if (idle) bursts_.push_back(Burst{now, 0, {}});
  bursts_.back().bytes.append(bytes);
  if (frame_left_ == 0) begin_frame();
}

std::string Channel::take(Time now, std::size_t max) {
  std::string out;
  while (!bursts_.empty() && out.size() < max) {
    Burst& burst = bursts_.front();
    const std::uint64_t here = sent(burst, now - delay_ - late_);
    const std::uint64_t there = std::min(here - std::min(here, burst.taken), frame_left_);
    const std::size_t count = std::min(max - out.size(), static_cast<std::size_t>(there));
    if (count == 0) break;
    std::string some = burst.bytes.substr(0, count);
    damage(some);
    out += some;
    frame_left_ -= count;
    burst.bytes.erase(0, count);
    burst.taken += count;
    if (burst.bytes.empty()) {
      bursts_.pop_front();
      frame_left_ = 0;
    }
    if (frame_left_ == 0 && !bursts_.empty()) begin_frame();
  }
  return out;
}

void Channel::drop_unsent(Time now) {
  for (Burst& burst : bursts_) {
    const std::uint64_t gone = sent(burst, now);
    burst.bytes.resize(gone > burst.taken ? static_cast<std::size_t>(gone - burst.taken) : 0);
  }
  std::erase_if(bursts_, [](const Burst& burst) { return burst.bytes.empty(); });
}

std::size_t Channel::unsent(Time now) const {
  std::uint64_t count = 0;
  for (const Burst& burst : bursts_)
    count += burst.taken + size_of(burst.bytes) - std::max(sent(burst, now), burst.taken);
  return static_cast<std::size_t>(count);
}

std::size_t Channel::arrived(Time now) const {
  std::uint64_t count = 0;
  for (const Burst& burst : bursts_) count += std::max(sent(burst, now - delay_), burst.taken) - burst.taken;
  return static_cast<std::size_t>(count);
}

std::optional<Time> Channel::next_arrival() const {
  if (bursts_.empty()) return std::nullopt;
  return bursts_.front().start + needed(bursts_.front().taken + 1) + delay_ + late_;
}

std::optional<Time> Channel::last_arrival() const {
  if (bursts_.empty()) return std::nullopt;
  return bursts_.back().start + needed(bursts_.back().taken + size_of(bursts_.back().bytes)) + delay_ + quality_.jitter;
}

Time Channel::unsent_falls_to(std::size_t count, Time now) const {
  if (unsent(now) <= count) return now;
  // What is unsent is of the last burst: a burst begins when all before it was sent.
  const Burst& burst = bursts_.back();
  return burst.start + needed(burst.taken + size_of(burst.bytes) - count);
}

}  // namespace emulator
