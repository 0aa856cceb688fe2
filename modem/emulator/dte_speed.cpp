#include "modem/emulator/dte_speed.h"

#include "conf/text.h"

namespace emulator {
namespace {

constexpr unsigned least_speed = 50;
constexpr unsigned greatest_speed = 4'000'000;

// Never a line end, never a letter: what a wrong speed makes of text.
char garbled(char c) { return static_cast<char>((static_cast<unsigned char>(c) * 7U + 0x15U) | 0x80U); }

std::string garbled(std::string_view bytes) {
  std::string out(bytes);
  for (char& c : out) c = garbled(c);
  return out;
}

}  // namespace

std::optional<SpeedRule> parse_speed_rule(std::string_view text) {
  if (text == "any") return SpeedRule{};
  if (text == "auto") return SpeedRule{SpeedRule::Kind::learned};
  const auto number = conf::decimal(text);
  if (!number || *number < least_speed || *number > greatest_speed) return std::nullopt;
  return SpeedRule{SpeedRule::Kind::fixed, static_cast<unsigned>(*number)};
}

bool DteSpeed::agrees(unsigned speed) const {
  switch (rule_.kind) {
    case SpeedRule::Kind::any:
      return true;
    case SpeedRule::Kind::fixed:
      return speed == 0 || speed == rule_.bits_per_second;
    case SpeedRule::Kind::learned:
      return speed == 0 || speed == learned_;
  }
  return true;
}

std::string DteSpeed::from_dte(std::string_view bytes, unsigned speed) {
  std::string heard;
  for (const char c : bytes) {
    const bool is_at = (before_ == 'A' && c == 'T') || (before_ == 'a' && c == 't');
    if (rule_.kind == SpeedRule::Kind::learned && is_at && !agrees(speed)) {
      // The A was measured; where it came before this read, the modem has it garbled and is told anew.
      learned_ = speed;
      if (!heard.empty()) heard.pop_back();
      heard += before_;
    }
    heard += agrees(speed) ? c : garbled(c);
    before_ = c;
  }
  return heard;
}

std::string DteSpeed::to_dte(std::string_view bytes, unsigned speed) const {
  return agrees(speed) ? std::string(bytes) : garbled(bytes);
}

}  // namespace emulator
