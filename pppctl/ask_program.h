// A program asked for something it prints: its standard output, and its words if it fails.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/stop_signals.h"

namespace pppctl {

inline constexpr std::size_t max_answer_bytes = 16U * 1024 * 1024;  // a plan has a line a message

struct ProgramAnswer {
  int status = 0;      // exit status; a signal: 128 and its number, as shells have it
  std::string output;  // standard output
  // Of standard error; still to be escaped.
  std::string first_line, last_line;
};

// The input is its standard input. Until its end, but no longer than the limit: then, or by a signal to us (error
// EINTR), it is ended. What it says on standard error beyond a bound is let go; an output beyond the bound is a
// failure.
base::Result<ProgramAnswer> ask_program(const std::vector<std::string>& argv, std::chrono::milliseconds limit,
                                        base::StopSignals& stop, std::string_view input = {});

}  // namespace pppctl
