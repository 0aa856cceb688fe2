// One way of a call: a wire that carries one octet after the other at its rate and hands each over after the delay. A
// queue in emulated time: octet k of a burst that begins at t has left the sender at t + 8k/rate, exactly, and arrives
// the delay later.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "modem/emulator/time.h"

namespace emulator {

inline constexpr std::uint64_t max_bits_per_second = 1'000'000'000;
inline constexpr std::uint64_t bits_an_octet = 8;  // of a synchronous modem link: start and stop bits do not cross it

class Channel {
 public:
  // A rate from 1 to max_bits_per_second.
  Channel(std::uint64_t bits_per_second, Time delay);

  void put(Time now, std::string_view bytes);
  // At most max of the octets that have arrived.
  std::string take(Time now, std::size_t max);
  // The sender has gone: what it had not sent never will be.
  void drop_unsent(Time now);

  [[nodiscard]] std::size_t unsent(Time now) const;
  [[nodiscard]] std::size_t arrived(Time now) const;  // and not taken
  [[nodiscard]] bool empty() const { return bursts_.empty(); }
  // When the first octet that was not taken arrives; empty: there is none.
  [[nodiscard]] std::optional<Time> next_arrival() const;
  [[nodiscard]] std::optional<Time> last_arrival() const;
  // When no more than count octets are unsent.
  [[nodiscard]] Time unsent_falls_to(std::size_t count, Time now) const;

 private:
  // Octets that were sent without a pause in between.
  struct Burst {
    Time start{};
    std::uint64_t taken = 0;  // octets that are no longer in bytes
    std::string bytes;
  };
  [[nodiscard]] Time needed(std::uint64_t octets) const;
  [[nodiscard]] std::uint64_t sent_within(Time elapsed) const;
  [[nodiscard]] std::uint64_t sent(const Burst& burst, Time by) const;

  std::uint64_t rate_;
  Time delay_;
  std::deque<Burst> bursts_;  // none is empty
};

}  // namespace emulator
