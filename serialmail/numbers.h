// Numbers in the options of the flush programs.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace serialmail {

inline constexpr std::int64_t max_lifetime_seconds = 100LL * 366 * 86400;
inline constexpr std::int64_t lowest_report_descriptor = 2;  // 0 and 1 are the clients'
inline constexpr std::int64_t lowest_line_descriptor = 3;
inline constexpr std::int64_t lowest_secret_descriptor = 3;
inline constexpr std::int64_t max_descriptor = 1'000'000;
inline constexpr std::int64_t max_port = 65535;

// Decimal digits and nothing else, within the bounds; the failure is permanent and names the option.
base::Result<std::int64_t> read_number(const std::string& option, const std::string& text, std::int64_t least,
                                       std::int64_t most);

}  // namespace serialmail
