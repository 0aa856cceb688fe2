// Numbers that look like chance and are the same for the same seed (SplitMix64).
#pragma once

#include <cstdint>
#include <string_view>

namespace emulator {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  // A sequence of its own for each use, whatever the others draw.
  Random(std::uint64_t seed, std::string_view use);

  std::uint64_t next();
  std::uint64_t below(std::uint64_t limit) { return next() % limit; }
  // From 0 on, below 1.
  double fraction();

 private:
  std::uint64_t state_;
};

}  // namespace emulator
