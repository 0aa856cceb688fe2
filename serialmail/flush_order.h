// In which order the files of a pass go out, and which of them may not go in this run at all. Pure: time is handed in.
//
// The most urgent first; of equal urgency what was cut and can be resumed, and what was cut and cannot behind the rest;
// bodies that take long on the line behind the shorter ones; then the oldest. What broke two sessions goes behind
// everything, however urgent. Copies of one message go together (body_groups.h), in the
// place of their first.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "conf/sender_priority.h"
#include "serialmail/flush_books.h"

namespace serialmail {

using FlushTime = std::chrono::steady_clock::time_point;

// A line of which nothing is known: a modem of V.34.
inline constexpr std::uint64_t default_line_bits = 33'600;
// A shorter time says more about buffers than about the line.
inline constexpr std::chrono::seconds least_measured_time{5};

// How many bits of mail a second the line carries: as measured by the answers of this run, else as given, else a
// default. The pauses between sessions are none of its time. Small messages on a line with a long delay measure low.
class LineRate {
 public:
  explicit LineRate(std::optional<std::uint64_t> given_bits) : given_(given_bits) {}

  void begin_session() { last_answer_.reset(); }
  // One more answer has come. octets: of the body that it shows to have crossed; none: it shows nothing.
  void answered(std::optional<std::uint64_t> octets, FlushTime now);

  [[nodiscard]] std::uint64_t bits() const;
  [[nodiscard]] std::chrono::duration<double> time_for(std::uint64_t octets) const;

 private:
  std::optional<std::uint64_t> given_;
  std::optional<FlushTime> last_answer_;
  std::uint64_t measured_octets_ = 0;
  std::chrono::duration<double> measured_time_{0};
};

struct OrderSettings {
  std::chrono::seconds big{30};  // bodies that take longer go behind the others; 0: none is big
  std::optional<std::uint64_t> rate_bits;
  std::optional<std::chrono::seconds> max_time;  // of the run
  std::optional<std::uint64_t> max_bytes;        // of all bodies of the run
  std::optional<std::uint64_t> max_size;         // of one
  int min_priority = conf::least_priority;
};

// Why a file does not go in this run.
enum class Bound { time, bytes, size, priority };
std::string_view word(Bound bound);  // as reports say it

class FlushOrder {
 public:
  // The texts of all candidates must outlive the order.
  FlushOrder(const OrderSettings& settings, FlushTime start)
      : settings_(settings), start_(start), rate_(settings.rate_bits) {}

  // A pass begins with these.
  void begin(std::vector<Candidate> candidates);
  // Further ones that were there when it began.
  void add(std::vector<Candidate> candidates);
  // Whether no bound would keep it if it went now.
  [[nodiscard]] bool may_go(const Candidate& candidate, FlushTime now) const {
    return !bound_of(candidate, load_, now);
  }
  // A file that came during the pass takes its place if something less urgent still waits; else it is not taken
  // (false).
  bool join(Candidate candidate);
  // The next file that no bound keeps; each counts against max_bytes from now on, whatever becomes of it.
  std::optional<Candidate> next(FlushTime now);
  // The next file, if it goes with the body of the one that was given last.
  std::optional<Candidate> next_copy(FlushTime now);
  // A result for a file that was given.
  void answered(const Candidate& candidate, bool accepted, FlushTime now);

  // What waits, in order, each with the bound that would keep it if all before it went now.
  using Visit = std::function<void(const Candidate&, std::optional<Bound>)>;
  void foresee(FlushTime now, const Visit& visit) const;

  [[nodiscard]] bool is_big(const Candidate& candidate) const;
  [[nodiscard]] const LineRate& rate() const { return rate_; }
  // How many files were kept back by which bound.
  [[nodiscard]] std::map<Bound, std::size_t> kept_back() const;

 private:
  struct Load {
    std::uint64_t given = 0;        // octets of bodies in this run
    std::uint64_t outstanding = 0;  // of those without an answer in this pass
    bool body_goes = false;         // the last file was given, and copies of it can follow

    void add(const Candidate& candidate);
  };

  [[nodiscard]] bool is_before(const Candidate& a, const Candidate& b) const;
  [[nodiscard]] std::optional<Bound> bound_of(const Candidate& candidate, const Load& load, FlushTime now) const;
  void sort_waiting();

  OrderSettings settings_;
  FlushTime start_;
  LineRate rate_;
  std::uint64_t sorted_with_bits_ = 0;
  std::vector<Candidate> candidates_;
  std::size_t next_ = 0;  // from here on they wait
  Load load_;
  std::unordered_map<std::string_view, Bound> kept_back_;  // by unique name
};

}  // namespace serialmail
