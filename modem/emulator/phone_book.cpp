#include "modem/emulator/phone_book.h"

#include <algorithm>

namespace emulator {

std::string dialled_digits(std::string_view number) {
  std::string digits;
  std::copy_if(number.begin(), number.end(), std::back_inserter(digits),
               [](char c) { return (c >= '0' && c <= '9') || c == '*' || c == '#'; });
  return digits;
}

bool PhoneBook::add(std::string_view number, std::vector<Target> targets) {
  return entries_.emplace(dialled_digits(number), Entry{std::move(targets), 0}).second;
}

Target PhoneBook::next(std::string_view number) {
  const auto found = entries_.find(dialled_digits(number));
  if (found == entries_.end() || found->second.targets.empty()) return {};
  Entry& entry = found->second;
  const std::size_t which = std::min(entry.calls, entry.targets.size() - 1);
  ++entry.calls;
  return entry.targets[which];
}

}  // namespace emulator
