// What people read of a call: the lines of the timeline, the progress line, the summary. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/quantity_text.h"
#include "pppctl/progress.h"
#include "pppctl/session_core.h"

namespace pppctl {

using base::octets_text;
using base::rate_text;
using base::seconds_text;

// "   12.3 s  connected    CONNECT 33600/ARQ"
std::string timeline_line(std::int64_t since_start_ms, std::string_view what, std::string_view text);
std::string progress_line(std::string_view link, const Progress& progress);
// "10 sent, 1 refused, 0 deferred, 0 left; 51.2 kB out, 2.1 kB in; 3.9 kB/s; line idle 4 %"
std::string jobs_text(const Progress& progress);
// What became of the call, and where it is in the ledger.
std::string summary_text(const Verdict& verdict, const Progress& progress, std::int64_t call_ms, std::int64_t id);

// Of the lines that a job's programs wrote on standard error, the one that tells why it ended as it did: the last that
// is fatal (a client's before the flush's own), else the last that is not for information alone, else the last.
class LastWords {
 public:
  void hear(std::string_view line);
  [[nodiscard]] const std::string& line() const { return line_; }

 private:
  std::string line_;
  int weight_ = 0;
};

}  // namespace pppctl
