// A program on the line that never holds the line: it gets one end of a socket pair, and the octets are carried here.
// So the line falls with this process whatever becomes of the program, and octets, silence and the carrier are seen
// here.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/child.h"
#include "base/stop_signals.h"
#include "modem/modem.h"

namespace modem {

struct RelayCounts {
  std::uint64_t sent = 0;      // octets handed to the port
  std::uint64_t received = 0;  // octets from the port
};

enum class RelayEnd {
  program_ended,  // by itself; see program
  line_gone,      // carrier lost, or the port is gone
  silent,         // no octet either way for as long as was allowed
  stopped,        // a signal came
};

struct RelayOutcome {
  RelayEnd end = RelayEnd::program_ended;
  std::optional<base::ChildEnd> program;  // always there once the program was started; a killed one has its signal
  std::string text;                       // why, one line, for the ends that are not program_ended
  RelayCounts counts;                     // of this run
};

struct RelayOrder {
  std::vector<std::string> argv;
  std::vector<int> descriptors{0, 1};  // where the program finds the line: {0, 1} or {6, 7}; both are the same socket
  std::vector<std::pair<int, int>> more;  // further descriptors (here, there), as a report's pipe
  std::optional<std::vector<std::string>> environment;
  std::optional<std::pair<uid_t, gid_t>> ids;  // whom the program runs as; none: as we do
  std::chrono::milliseconds silence{0};        // 0: no limit
  std::chrono::milliseconds grace{10000};  // for the program to end by itself once the line has gone or a signal came:
                                           // its socket is shut, SIGTERM is sent; then SIGKILL
  std::function<void(const RelayCounts&)> tick;  // at least every quarter of a second while it runs
  const base::Fd* watch = nullptr;               // one more descriptor to poll for reading (a report) …
  std::function<bool()> on_watch;                // … called when it is ready; false: do not watch it any more
};

// Runs programs one after the other on one call. What a program did not read before it ended is kept for the next one:
// a greeting that came early is not lost.
class Relay {
 public:
  Relay(Modem& modem, base::StopSignals* stop) : modem_(modem), stop_(stop) {}

  // Fails only when the program cannot be started.
  base::Result<RelayOutcome> run(const RelayOrder& order);
  [[nodiscard]] const RelayCounts& total() const { return total_; }

 private:
  Modem& modem_;
  base::StopSignals* stop_;
  RelayCounts total_;
  std::string unread_;
};

}  // namespace modem
