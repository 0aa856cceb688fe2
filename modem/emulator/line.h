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

#include "modem/emulator/random.h"
#include "modem/emulator/time.h"

namespace emulator {

inline constexpr std::uint64_t max_bits_per_second = 1'000'000'000;
inline constexpr std::uint64_t bits_an_octet = 8;  // of a synchronous modem link: start and stop bits do not cross it

// Octets that are late or damaged together, as a frame of an error correction is.
inline constexpr std::uint64_t frame_octets = 64;

// What is not as it should be on a line.
struct Quality {
  Time jitter{};          // each frame comes later by up to this
  double bit_errors = 0;  // of one bit, the chance; below 1
  bool corrected = true;  // a frame with an error is sent again, and arrives later and whole
  Time round_trip{};      // until the sender knows
  std::uint64_t seed = 1;
};

class Channel {
 public:
  // A rate from 1 to max_bits_per_second.
  Channel(std::uint64_t bits_per_second, Time delay, const Quality& quality = {});

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
  void begin_frame();
  void hold_up(Time time);
  void damage(std::string& bytes);
  void draw_error();

  std::uint64_t rate_;
  Time delay_;
  std::deque<Burst> bursts_;  // none is empty
  Quality quality_;
  Random random_;
  std::uint64_t frame_left_ = 0;  // octets; not 0 while there is a burst
  Time late_{};                   // of this frame, the jitter
  std::uint64_t good_bits_ = 0;   // before the next error
};

}  // namespace emulator
