// The speed between DTE and DCE: what one of them says while the other listens at another speed arrives as other
// octets.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace emulator {

struct SpeedRule {
  enum class Kind {
    any,      // understands every speed
    fixed,    // one speed
    learned,  // that of the last AT (autobaud)
  };
  Kind kind = Kind::any;
  unsigned bits_per_second = 0;  // of a fixed one
};

// "any", "auto", or a number.
std::optional<SpeedRule> parse_speed_rule(std::string_view text);

class DteSpeed {
 public:
  explicit DteSpeed(SpeedRule rule) : rule_(rule) {}

  // What the DCE hears of what the DTE sends at its speed; 0: not known, as the DCE's own.
  std::string from_dte(std::string_view bytes, unsigned speed);
  // What a DTE at this speed hears of what the DCE sends.
  [[nodiscard]] std::string to_dte(std::string_view bytes, unsigned speed) const;

 private:
  [[nodiscard]] bool agrees(unsigned speed) const;

  SpeedRule rule_;
  unsigned learned_ = 0;
  char before_ = 0;  // the octet before, at the DTE's speed
};

}  // namespace emulator
