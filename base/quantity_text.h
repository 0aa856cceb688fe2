// Quantities as people read them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace base {

std::string seconds_text(std::int64_t ms);            // "12.3 s"
std::string minutes_text(std::chrono::seconds time);  // "2:05"
std::string octets_text(std::uint64_t octets);        // "812 B", "51.2 kB", "3.4 MB"
std::string rate_text(double octets_per_second);      // "3.9 kB/s"
std::string percent_text(double share);               // "4 %" of 0.04

}  // namespace base
