// Which number leads where. Numbers are compared by their digits, * and #; the rest is for people to read.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace emulator {

struct Target {
  enum class Kind { modem, tcp, busy, no_dialtone, no_answer, no_carrier };
  Kind kind = Kind::no_carrier;
  std::string text = "nobody";  // as it was given: "modem:b", "tcp:HOST:PORT", "busy"
  std::size_t modem = 0;        // its index
  std::string address;          // "HOST:PORT"
};

// "+1 (555) 0-100" is "15550100".
std::string dialled_digits(std::string_view number);

class PhoneBook {
 public:
  // False: the number is there already.
  bool add(std::string_view number, std::vector<Target> targets);
  // Where the next call of the number goes: one target after the other, the last one from then on. A number that is not
  // in the book is answered by nobody with a modem.
  Target next(std::string_view number);

 private:
  struct Entry {
    std::vector<Target> targets;
    std::size_t calls = 0;
  };
  std::map<std::string, Entry> entries_;
};

}  // namespace emulator
