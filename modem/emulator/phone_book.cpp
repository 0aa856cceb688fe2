#include "modem/emulator/phone_book.h"

#include <algorithm>

#include "base/bug.h"

namespace emulator {

std::string dialled_digits(std::string_view number) {
  std::string digits;
  std::copy_if(number.begin(), number.end(), std::back_inserter(digits),
               [](char c) { return (c >= '0' && c <= '9') || c == '*' || c == '#'; });
  return digits;
}

namespace {

const Target& choose(const Target& target, Random& random) {
  if (target.kind != Target::Kind::mix) return target;
  std::uint64_t sum = 0;
  for (const auto& [weight, one] : target.mix) sum += weight;
  std::uint64_t drawn = random.below(sum);
  for (const auto& [weight, one] : target.mix) {
    if (drawn < weight) return one;
    drawn -= weight;
  }
  base::bug("PhoneBook: a mix of nothing");
}

}  // namespace

bool PhoneBook::add(std::string_view number, std::vector<Target> targets) {
  const std::string digits = dialled_digits(number);
  return entries_.emplace(digits, Entry{std::move(targets), 0, Random(seed_, digits)}).second;
}

Target PhoneBook::next(std::string_view number) {
  const auto found = entries_.find(dialled_digits(number));
  if (found == entries_.end() || found->second.targets.empty()) return {};
  Entry& entry = found->second;
  const std::size_t which = std::min(entry.calls, entry.targets.size() - 1);
  ++entry.calls;
  return choose(entry.targets[which], entry.random);
}

}  // namespace emulator
