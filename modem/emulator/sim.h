// The card of a cellular modem: which secret it waits for, and how often it may still be tried.
#pragma once

#include <optional>
#include <string>

namespace emulator {

inline constexpr int pin_tries = 3;
inline constexpr int puk_tries = 10;

struct SimOptions {
  bool there = true;
  std::string pin;  // empty: it asks for none
  std::string puk = "12345678";
};

class Sim {
 public:
  explicit Sim(SimOptions options) : options_(std::move(options)) {}

  // The modem has been switched on: the PIN is asked for again. The tries that were used stay used.
  void power_up() { entered_ = false; }

  [[nodiscard]] bool ready() const { return !error(); }
  // Of a command that needs the card: a number of +CME ERROR.
  [[nodiscard]] std::optional<int> error() const;
  // There, and not destroyed: +CPIN? has an answer.
  [[nodiscard]] bool has_state() const { return options_.there && puk_left_ > 0; }
  // That answer.
  [[nodiscard]] std::string state() const;

  // The attempts that are left.
  [[nodiscard]] int pin_left() const { return pin_left_; }
  [[nodiscard]] int puk_left() const { return puk_left_; }

  // +CPIN="…": the error, or none.
  std::optional<int> enter(const std::string& pin);
  // +CPIN="PUK","new PIN"
  std::optional<int> unblock(const std::string& puk, const std::string& pin);

 private:
  SimOptions options_;
  bool entered_ = false;
  int pin_left_ = pin_tries;
  int puk_left_ = puk_tries;
};

}  // namespace emulator
