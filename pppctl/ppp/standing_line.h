// A link's line that somebody has brought up: pppd's scripts tell of it, a file in the run folder keeps it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "pppctl/call_record.h"

namespace pppctl::ppp {

struct StandingLine {
  InterfaceNote interface;
  std::int64_t pppd = 0;  // its pid; 0: unknown
};
std::string standing_text(const StandingLine& line);
std::optional<StandingLine> parse_standing(std::string_view text);

// As pppd's scripts see it, by either pppd's own names (pppd(8), SCRIPTS) or Debian's. Pure but for the look-up.
StandingLine line_of_environment(const std::function<std::string(const char*)>& value);

base::Result<void> keep_standing(const std::string& run_dir, const std::string& link, const StandingLine& line);
void forget_standing(const std::string& run_dir, const std::string& link);
// The link's line that others have brought up and whose interface is there.
std::optional<StandingLine> standing_line(const std::string& run_dir, const std::string& link);

}  // namespace pppctl::ppp
