#include "modem/emulator/random.h"

namespace emulator {

Random::Random(std::uint64_t seed, std::string_view use) : state_(seed) {
  for (const char c : use) state_ = next() ^ static_cast<unsigned char>(c);
}

std::uint64_t Random::next() {
  state_ += 0x9e3779b97f4a7c15U;
  std::uint64_t mixed = state_;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9U;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebU;
  return mixed ^ (mixed >> 31);
}

double Random::fraction() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

}  // namespace emulator
