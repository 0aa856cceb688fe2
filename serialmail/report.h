// The report of a flush for programs: one JSON object a line on a descriptor, each line one write(2).
//
//   {"event":"planned","files":3,"octets":5120,"unknown":0}       what a pass is going to send, and how many of its
//   files have
//                                                                 an unknown outcome behind them
//   {"event":"begin","file":"new/NAME","octets":2048}             a body begins; its octets as they go out
//   {"event":"octets","file":"new/NAME","sent":1024}              octets of it sent so far, a few times a second
//   {"event":"result","file":…,"recipient":…,"class":…,"text":…}  class: accepted, refused, deferred, left
//   {"event":"parked","relay":"NAME","text":…}                    the login was refused: nothing goes before a person
//                                                                 has looked at it
//   {"event":"line","messages":1,"mail":2048,"up":2310,"down":412,"seconds":4.2,"idle":0.3}
//                                                                 of the client: messages delivered and their octets,
//                                                                 octets on the line, seconds since its start, and of
//                                                                 those in which nothing was on its way up, if known
//   {"event":"end","sent":1,"refused":0,"deferred":0,"left":2,"unknown":1,"exit":111}
//     and, where a bound kept files back, "kept":{"time":1,"size":1}
//
// Readers must take fields and events that they do not know.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"
#include "serialmail/flush_books.h"
#include "serialmail/flush_order.h"
#include "serialmail/flush_tally.h"
#include "serialmail/line_meter.h"

namespace serialmail {

class Report {
 public:
  Report();  // writes nothing
  // Writes to a copy of the descriptor: the number itself stays open, for our client, which is told it too.
  static base::Result<Report> to(std::optional<int> descriptor);

  // Somebody wants to know of the line.
  [[nodiscard]] bool is_wanted() const { return fd_.valid(); }
  // All that is reported from now on is told to it too, and shown as the status line of standard error, if there is
  // one. It must outlive the report.
  void tell(FlushTally& tally) { tally_ = &tally; }
  // The client's report is of use.
  [[nodiscard]] bool listens() const { return tally_ != nullptr; }

  // Of a flush.
  void planned(std::size_t files, std::uint64_t octets, std::size_t unknown);
  void result(std::string_view file, std::string_view recipient, Outcome outcome, std::string_view text);
  // A line of the client's own report, which goes on as it is; what is none is let go.
  void client_said(std::string_view line);
  // kept_back: the files that a bound kept; named only where there are some.
  void end(const Totals& totals, const std::map<Bound, std::size_t>& kept_back, int exit_status);

  // Of a client.
  void begin(std::string_view file, std::uint64_t octets);
  void octets(std::string_view file, std::uint64_t sent);  // not more often than reports_per_second
  void parked(std::string_view relay, std::string_view text);
  // A message has its first recipient.
  void delivered(std::uint64_t octets);
  // What a connection did since the last line(); then, when all have been told, not more often than reports_per_second:
  void crossed(const LineReading& reading) { meter_.add(reading); }
  void line();
  // At the end, in any case.
  void line_ends();

  static constexpr int reports_per_second = 4;

 private:
  // A reader that went away or sleeps must not stop the mail: after a failed or late write nothing more is reported.
  void write(std::string line);
  void write_use();
  void show();

  base::Fd fd_;
  std::chrono::steady_clock::time_point last_octets_{};
  std::chrono::steady_clock::time_point last_line_{};
  std::chrono::steady_clock::time_point last_shown_{};
  FlushTally* tally_ = nullptr;
  LineMeter meter_;
  std::uint64_t messages_ = 0;  // delivered
  std::uint64_t mail_ = 0;      // octets of those
};

// What a client begins with: names and results have to be there, or a connection would take their place.
base::Result<Report> start_client(std::optional<int> report_descriptor);

}  // namespace serialmail
