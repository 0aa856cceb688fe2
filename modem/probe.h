// Which speed a modem answers at: what to try one after the other, and what to conclude.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "modem/at_dialogue.h"

namespace modem {

// What came back, worst last but for silence.
enum class Heard {
  answer,   // of a modem
  echo,     // what we sent and nothing else: a loop-back plug, or results that are off
  garbage,  // something else: a wrong speed or parity
  silence,
};
std::string_view word(Heard heard);
Heard heard_of(const AtAnswer& answer);

class Probe {
 public:
  enum class Kind {
    wake,        // DTR low and high, a pause, and AT
    again,       // AT once more: the first was spoilt by what the modem had of a line
    results_on,  // ATQ0V1, where an echo came
    escape,      // +++ with silence around it, and ATH0: it may be in a call
    voice,       // DLE ETX, and AT: it may be in voice mode
  };
  struct Try {
    unsigned speed = 0;  // bit/s; 0: as it is
    Kind kind = Kind::wake;
  };

  // From the most likely speed to the least.
  static std::span<const unsigned> usual_speeds();

  explicit Probe(std::span<const unsigned> speeds);

  // Empty: it is over.
  [[nodiscard]] std::optional<Try> next() const;
  void on(Heard heard);

  // What the whole has shown, and at which speed; of what never came the first that was tried.
  [[nodiscard]] Heard verdict() const { return verdict_; }
  [[nodiscard]] Try found() const { return found_; }
  [[nodiscard]] std::size_t tried() const { return at_; }
  [[nodiscard]] std::size_t planned() const { return plan_.size(); }

 private:
  std::vector<Try> plan_;
  std::size_t at_ = 0;
  Heard verdict_ = Heard::silence;
  Try found_;
  bool asked_for_results_ = false;
};

// What is proposed for a port on which a modem was found.
struct Proposal {
  std::string port;  // the lasting name
  unsigned speed = 0;
  std::string inherits;     // the profile that fits; empty: none
  std::string product;      // for the first line
  std::optional<bool> cts;  // is on; empty: not known
};
// Text of a profile (offhook-modem(5)).
std::string proposed_profile(const Proposal& proposal);

}  // namespace modem
