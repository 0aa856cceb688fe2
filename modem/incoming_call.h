// What a modem says of a call that comes in, before it is answered: rings and, between the first two, who calls. Pure.
#pragma once

#include <string>
#include <string_view>

namespace modem {

class IncomingCall {
 public:
  static constexpr std::size_t max_caller_bytes = 64;

  void on_line(std::string_view line);
  [[nodiscard]] int rings() const { return rings_; }
  // As the network tells it: a number, or a letter for why there is none. Empty: not told. Of a peer: to be escaped.
  [[nodiscard]] const std::string& caller() const { return caller_; }

 private:
  int rings_ = 0;
  std::string caller_;
};

}  // namespace modem
