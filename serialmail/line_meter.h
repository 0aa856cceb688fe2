// What a client's connections carried, and for how much of the time nothing of ours was on its way up on any of them.
// Pure: time is handed in, and so is what each connection's socket counts.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace serialmail {

// Of one connection.
struct LineReading {
  std::uint64_t up = 0;  // octets
  std::uint64_t down = 0;
  // How long octets of ours were on their way, that is not acknowledged; none: nobody knows.
  std::optional<std::chrono::microseconds> busy;
  std::chrono::microseconds round_trip{0};  // the shortest so far

  // What has come to it since an earlier one.
  [[nodiscard]] LineReading since(const LineReading& earlier) const;
};

// Of all connections together.
struct LineUse {
  std::uint64_t up = 0;
  std::uint64_t down = 0;
  std::chrono::microseconds time{0};
  std::optional<std::chrono::microseconds> idle;  // of that time; none: nobody knows
};

class LineMeter {
 public:
  using Time = std::chrono::microseconds;  // on a steady clock

  explicit LineMeter(Time now) : last_(now) {}

  // What a connection did since the last pass(). Whatever it was given to send it was given right behind that pass: so
  // it was busy from then on, until it had nothing left.
  void add(const LineReading& reading);
  // All connections have been read.
  void pass(Time now);

  [[nodiscard]] LineUse use() const;

 private:
  // A kernel that counts in ticks tells of a line that was never idle as if it had been, by less than this.
  static constexpr std::chrono::milliseconds tick{10};

  Time last_;
  LineUse use_;
  Time busy_{0};
  bool is_busy_known_ = true;
  Time longest_{0};             // of the connections' busy times since the last pass
  Time longest_round_trip_{0};  // of that connection
  Time stretch_{0};             // how long octets have been on their way without a break
};

}  // namespace serialmail
