// A modem's settings as text that stays the same while they do: S-registers and what AT&V shows. Written once, compared
// later.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace modem {

// Those that modems have in common, and a few of makers'.
std::span<const int> dumped_registers();

struct RegisterDump {
  std::map<int, std::string> registers;  // as the modem writes them; one that is not there is not here
  std::vector<std::string> settings;     // the lines of AT&V

  bool operator==(const RegisterDump&) const = default;
};

inline constexpr std::size_t max_dump_bytes = 64U * 1024;

// "S7 050" and "&V ACTIVE PROFILE", a line each, escaped; comments begin with #.
std::string write_dump(const RegisterDump& dump);
// Permanent with the line's number.
base::Result<RegisterDump> parse_dump(std::string_view text, const std::string& file);

// "- S7 050" for what was and "+ S7 060" for what is; empty: the same. Registers that calls change are passed over: S1
// counts rings, S86 is the reason of the last failure.
std::vector<std::string> differences(const RegisterDump& before, const RegisterDump& now);

}  // namespace modem
