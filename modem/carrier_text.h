// NO CARRIER as the last that came over a line, but for the RINGs of a next call: what a modem says that has no DCD to
// drop. A letter may hold the same line; only the silence behind it makes it the modem's. Pure: time is handed in.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace modem {

class CarrierText {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // Longer than any line between two modems that correct errors stands still.
  static constexpr std::chrono::seconds silence{3};

  void received(std::string_view octets, Time now);
  [[nodiscard]] bool says_lost(Time now) const { return lost_ && now - since_ >= silence; }

 private:
  std::string tail_;
  bool lost_ = false;
  std::size_t rings_ = 0;  // octets of RING lines behind it
  Time since_;
};

}  // namespace modem
