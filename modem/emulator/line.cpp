#include "modem/emulator/line.h"

#include <algorithm>

#include "base/bug.h"

namespace emulator {
namespace {

constexpr std::uint64_t second = 1'000'000'000;

std::uint64_t size_of(const std::string& bytes) { return static_cast<std::uint64_t>(bytes.size()); }

}  // namespace

Channel::Channel(std::uint64_t bits_per_second, Time delay) : rate_(bits_per_second), delay_(delay) {
  if (rate_ == 0 || rate_ > max_bits_per_second) base::bug("Channel: no such rate");
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
}

std::string Channel::take(Time now, std::size_t max) {
  std::string out;
  while (!bursts_.empty() && out.size() < max) {
    Burst& burst = bursts_.front();
    const std::uint64_t there = sent(burst, now - delay_) - std::min(sent(burst, now - delay_), burst.taken);
    const std::size_t count = std::min(max - out.size(), static_cast<std::size_t>(there));
    if (count == 0) break;
    out.append(burst.bytes, 0, count);
    burst.bytes.erase(0, count);
    burst.taken += count;
    if (!burst.bytes.empty()) break;
    bursts_.pop_front();
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
  return bursts_.front().start + needed(bursts_.front().taken + 1) + delay_;
}

std::optional<Time> Channel::last_arrival() const {
  if (bursts_.empty()) return std::nullopt;
  return bursts_.back().start + needed(bursts_.back().taken + size_of(bursts_.back().bytes)) + delay_;
}

Time Channel::unsent_falls_to(std::size_t count, Time now) const {
  if (unsent(now) <= count) return now;
  // What is unsent is of the last burst: a burst begins when all before it was sent.
  const Burst& burst = bursts_.back();
  return burst.start + needed(burst.taken + size_of(burst.bytes) - count);
}

}  // namespace emulator
