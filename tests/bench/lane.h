// One way of an emulated line: octets leave one after the other at the line's rate, whoever sends them, and arrive the
// delay later. Only arithmetic: whoever moves the octets says when, and what was there to be sent.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace bench {

using Moment = std::chrono::steady_clock::time_point;
using Span = std::chrono::nanoseconds;

// Octets are taken in pieces of this much of the line's time: a slow line's sender sees that it is slow, and
// connections take turns on it.
inline constexpr Span piece_time = std::chrono::milliseconds(5);

class Lane {
 public:
  Lane(std::uint64_t bits_per_second, Span delay) : rate_(bits_per_second), delay_(delay) {}

  // What may be taken at once: at least one octet.
  [[nodiscard]] std::size_t piece_octets() const;
  [[nodiscard]] bool is_free(Moment now) const { return now >= free_at_; }
  [[nodiscard]] bool is_idle() const { return is_idle_; }
  [[nodiscard]] Moment free_at() const { return free_at_; }
  [[nodiscard]] Span delay() const { return delay_; }

  struct Passage {
    Moment begin;
    Moment end;      // the last octet has left
    Moment arrival;  // it has arrived
    Span pause;      // the lane had stood still for so long
  };
  // The lane has to be free. A lane that is looked at late has lost nothing: unless it was found idle, the octets were
  // there when it became free.
  Passage send(Moment now, std::size_t octets);
  // It is free, and nobody has anything to send.
  void found_idle(Moment now);

  [[nodiscard]] std::uint64_t octets() const { return octets_; }
  [[nodiscard]] Span busy() const { return busy_; }

 private:
  std::uint64_t rate_;
  Span delay_;
  Moment free_at_{};
  bool is_idle_ = true;
  std::uint64_t octets_ = 0;
  Span busy_{};
};

}  // namespace bench
