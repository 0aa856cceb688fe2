// How far the jobs are, from the flush's report (offhook-spool(5)) and the octets on the line. Pure: time is handed in.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "pppctl/call_record.h"

namespace pppctl {

class Progress {
 public:
  using Time = std::chrono::milliseconds;  // since any fixed moment

  // What waits altogether, as the spools were counted before the call.
  void expect(std::uint64_t octets) { expected_ = octets; }
  // The bits that the line carries in a second, for the time that it stood idle; none: unknown.
  void set_speed(std::optional<unsigned> bits_per_second) { speed_ = bits_per_second; }

  void begin_job(Time now);
  // A line of the report; one that is none of ours is let go.
  void report(std::string_view line);
  // Octets on the line since the job's begin.
  void count(const Octets& octets, Time now);
  // The job's counts so far, without exit and text.
  [[nodiscard]] JobRecord end_job(Time now);
  [[nodiscard]] bool has_totals() const { return has_totals_; }

  // Of all jobs.
  [[nodiscard]] Octets octets() const;
  [[nodiscard]] std::uint64_t accepted() const { return before_.accepted + job_.accepted; }
  [[nodiscard]] std::uint64_t refused() const { return before_.refused + job_.refused; }
  [[nodiscard]] std::uint64_t deferred() const { return before_.deferred + job_.deferred; }
  [[nodiscard]] std::uint64_t left() const { return before_.left + job_.left; }
  [[nodiscard]] std::uint64_t planned_octets() const;
  [[nodiscard]] std::uint64_t done_octets() const;
  // Octets a second, over the last seconds.
  [[nodiscard]] double rate() const { return rate_; }
  [[nodiscard]] std::optional<std::chrono::seconds> time_left() const;
  // The part of the jobs' time in which the line carried nothing of ours; none: the speed is unknown.
  [[nodiscard]] std::optional<double> idle_share() const;
  [[nodiscard]] double average_rate() const;

 private:
  struct Body {
    std::uint64_t octets = 0;
    std::uint64_t sent = 0;
  };
  void begin_pass(std::uint64_t octets);

  std::optional<unsigned> speed_;
  std::uint64_t expected_ = 0;
  JobRecord before_;  // the sums of the jobs that have ended
  JobRecord job_;
  std::map<std::string, Body, std::less<>> bodies_;  // begun, without result
  std::uint64_t done_ = 0;                           // octets of bodies with a result, of all jobs
  std::uint64_t planned_before_ = 0;                 // of the passes that have ended
  std::uint64_t planned_ = 0;                        // of the pass in hand
  std::uint64_t pass_done_ = 0;
  bool has_totals_ = false;
  Time job_began_{};
  Time job_now_{};
  Time window_began_{};
  std::uint64_t window_octets_ = 0;
  double rate_ = 0;
};

}  // namespace pppctl
