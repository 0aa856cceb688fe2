// The way back to a modem that stopped answering or does not hang up: rung by rung, from the cheapest to the dearest,
// until it is back or a person has to see to it. Pure; the rungs are Modem's to climb.
//
//   actions = ladder.on(Ladder::Stuck{…});   // Climb{rung}: try it; then on(Climbed{helped}), and so on until Done
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "conf/modem.h"

namespace modem {

enum class Rung {
  dtr,      // low and high again
  escape,   // out of the online data state, on-hook
  reset,    // ATZ
  reopen,   // the port
  restart,  // the modem's own restart: it and its port go away and come back
  power,    // a program that switches it off and on
};

// The two that last and wear: each at most once in the profile's recovery_interval, whichever process asks.
bool is_dear(Rung rung);

class Ladder {
 public:
  // DTR comes before the escape where it hangs up: the escape sequence must not go into somebody's data needlessly.
  explicit Ladder(const conf::ModemProfile& profile);

  // It does not answer, or not hang up.
  struct Stuck {
    bool port_gone = false;  // what needs a port is left out until it was opened again
    // Since the dear rungs were last climbed; nothing: never.
    std::optional<std::chrono::seconds> since_restart;
    std::optional<std::chrono::seconds> since_power;
    std::string no_memory{};  // why it cannot be kept that they are climbed: then they are not; empty: it can
  };
  // The rung that we asked for was tried.
  struct Climbed {
    bool helped = false;
    bool port_gone = false;
  };
  struct Stopped {};  // a signal, while it was
  using Event = std::variant<Stuck, Climbed, Stopped>;

  struct Climb {
    Rung rung;
  };
  struct Say {
    std::string text;
  };
  struct Done {
    bool helped = false;
  };
  using Action = std::variant<Climb, Say, Done>;
  // Ends in one Climb or one Done. Each rung is asked for once in the ladder's life, which is one attempt at a call.
  std::vector<Action> on(const Event& event);

  // Tried by whoever hangs up anyway.
  void note_tried(Rung rung);
  // Nothing is left but a person.
  [[nodiscard]] bool is_exhausted() const { return state_ == State::exhausted; }
  // "DTR, +++ and ATH0, ATZ and a reopened port did not help"; empty: nothing was tried.
  [[nodiscard]] std::string tried_text() const;
  [[nodiscard]] std::string name(Rung rung) const;

 private:
  enum class State { idle, climbing, exhausted };
  std::vector<Action> next();
  // Why a dear rung is not for now; empty: it is.
  [[nodiscard]] std::string too_soon(Rung rung) const;

  conf::ModemProfile profile_;
  State state_ = State::idle;
  Stuck stuck_;
  std::vector<Rung> left_;
  std::vector<Rung> tried_;
  std::vector<std::string> not_tried_;  // and why
};

}  // namespace modem
