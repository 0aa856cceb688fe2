// NO CARRIER as the last that came over a line: what a modem says that has no DCD to drop. A letter may hold the same
// line; only the silence behind it, which is the caller's to measure, makes it the modem's.
#pragma once

#include <string>
#include <string_view>

namespace modem {

class CarrierText {
 public:
  void received(std::string_view octets);
  [[nodiscard]] bool is_last() const;

 private:
  std::string tail_;
};

}  // namespace modem
