// How far a flush is and what its clients have told of the line, for people. Pure: time is handed in.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace serialmail {

// What clients said of the line; one that is not ours says nothing.
struct LineTold {
  std::uint64_t messages = 0;  // that one recipient at least has got
  std::uint64_t mail = 0;      // their octets
  std::uint64_t up = 0;        // octets
  std::uint64_t down = 0;
  double seconds = 0;
  std::optional<double> idle = 0;  // seconds in which nothing was on its way up; none: nobody knows

  void add(const LineTold& other);
};

class FlushTally {
 public:
  using Time = std::chrono::milliseconds;  // on a steady clock

  // A pass begins, with a client of its own.
  void planned(std::size_t files, std::uint64_t octets, Time now);
  // A line of the client's report; false: it is none, and counts for nothing.
  bool client_said(std::string_view line);
  void result(std::string_view file);

  // None: no client has said anything.
  [[nodiscard]] std::optional<LineTold> line() const;
  // "12 of 50, 24.0 kB of 102.4 kB (23 %), 4.1 kB/s, 0:19 left"; octets only where the client tells of them.
  [[nodiscard]] std::string progress(Time now) const;

 private:
  struct Body {
    std::uint64_t octets = 0;
    std::uint64_t sent = 0;
  };
  [[nodiscard]] std::uint64_t done_octets() const;

  // Of the pass.
  std::size_t planned_files_ = 0;
  std::uint64_t planned_octets_ = 0;
  std::size_t done_files_ = 0;
  std::uint64_t done_octets_ = 0;                    // of bodies whose file has a result
  std::map<std::string, Body, std::less<>> bodies_;  // begun, without result
  bool has_bodies_ = false;
  Time began_{0};
  std::optional<LineTold> told_;

  std::optional<LineTold> told_before_;  // in the passes before
};

}  // namespace serialmail
