// Which number leads where. Numbers are compared by their digits, * and #; the rest is for people to read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "modem/emulator/random.h"

namespace emulator {

struct Target {
  enum class Kind { modem, tcp, program, mix, busy, no_dialtone, no_answer, no_carrier };
  Kind kind = Kind::no_carrier;
  std::string text = "nobody";                          // as it was given: "modem:b", "tcp:HOST:PORT", "busy"
  std::size_t modem = 0;                                // its index
  std::string address;                                  // "HOST:PORT"
  std::string program{};                                // its name
  std::vector<std::pair<std::uint64_t, Target>> mix{};  // one of these by chance, each with its weight
};

// "+1 (555) 0-100" is "15550100".
std::string dialled_digits(std::string_view number);

class PhoneBook {
 public:
  explicit PhoneBook(std::uint64_t seed = 1) : seed_(seed) {}

  // False: the number is there already.
  bool add(std::string_view number, std::vector<Target> targets);
  // Where the next call of the number goes: one target after the other, the last one from then on. A number that is not
  // in the book is answered by nobody with a modem.
  Target next(std::string_view number);

 private:
  struct Entry {
    std::vector<Target> targets;
    std::size_t calls = 0;
    Random random;  // of its mixes: what other numbers do changes nothing
  };
  std::uint64_t seed_;
  std::map<std::string, Entry> entries_;
};

}  // namespace emulator
