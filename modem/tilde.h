// What a person types at `term`: octets for the line, and orders that begin with a tilde at the start of a line.
#pragma once

#include <string>

namespace modem {

class TildeReader {
 public:
  enum class Order { none, leave, help, send_break };
  struct Typed {
    std::string send;  // for the line, before the order is obeyed
    Order order = Order::none;
  };
  Typed feed(char octet);

 private:
  enum class State { line_start, tilde, inside };
  Typed behind_tilde(char octet, State after);

  State state_ = State::line_start;
};

}  // namespace modem
