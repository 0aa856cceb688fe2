// Calls as bars on a terminal: how much went over the line, and which failed. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "pppctl/call_record.h"

namespace pppctl {

enum class Charset { ascii, utf8 };

// A line a call, no line longer than the terminal is wide; empty where there is nothing to compare. The longest bar is
// the call with most octets.
std::string chart_text(const std::vector<Call>& calls, std::size_t width, Charset charset);

}  // namespace pppctl
