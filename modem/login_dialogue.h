// What a caller is asked before any program has him: the first octets tell whether it is PPP, else a user name is read
// as a getty does. Pure; the name is of the safe set (conf/login.h) and nothing else of what came is kept.
#pragma once

#include <chrono>
#include <string>
#include <variant>
#include <vector>

namespace modem {

// An LCP frame's beginning (RFC 1662 §3.1, §4.2: 7E FF 03 C0 21, each octet perhaps escaped by 7D), also from a line
// that has a parity in its eighth bit, as mgetty takes it.
class LcpFrame {
 public:
  // True: with this octet there is one.
  bool feed(unsigned char octet);
  [[nodiscard]] bool begun() const { return begun_; }

 private:
  bool begun_ = false;
  bool escaped_ = false;
  std::size_t matched_ = 0;
};

enum class LoginEnd {
  ppp,
  name,
  refused,  // no name that may be one, as often as is asked
  late,
};

class LoginDialogue {
 public:
  static constexpr std::chrono::seconds limit{60};
  static constexpr int max_tries = 3;

  explicit LoginDialogue(std::string prompt) : prompt_("\r\n" + std::move(prompt)) {}

  struct Octet {
    unsigned char value = 0;
  };
  struct Expired {};
  using Event = std::variant<Octet, Expired>;
  struct Write {
    std::string bytes;
  };
  struct Arm {
    std::chrono::seconds within;
  };
  struct Done {
    LoginEnd end;
    std::string name;
  };
  using Action = std::variant<Write, Arm, Done>;

  std::vector<Action> start();
  std::vector<Action> on(const Event& event);

 private:
  enum class State { idle, reading, finished };
  std::vector<Action> on_octet(unsigned char octet);
  std::vector<Action> on_line_end();
  std::vector<Action> erase();
  std::vector<Action> finish(LoginEnd end);

  std::string prompt_;
  State state_ = State::idle;
  LcpFrame frame_;
  std::string line_;
  int tries_ = 0;
};

}  // namespace modem
