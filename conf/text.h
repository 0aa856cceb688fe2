// Small pure helpers on the text of configuration files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace conf {

// A configuration file longer than this is a mistake, not a configuration.
inline constexpr std::size_t max_config_file_bytes = 4U * 1024 * 1024;

struct NumberedLine {
  std::size_t number;  // from 1
  std::string_view text;
};

// Lines without their LF and without trailing blanks (space, tab, CR); the text must outlive them.
std::vector<NumberedLine> numbered_lines(std::string_view text);

// The words of a line; blanks (space, tab) separate.
std::vector<std::string_view> words_of(std::string_view line);

std::string_view without_trailing_blanks(std::string_view text);

// ASCII letters only: host names and control files know no other case.
std::string lower(std::string_view text);

// Decimal digits and nothing else; empty when it is none or does not fit.
std::optional<std::uint64_t> decimal(std::string_view text);

// "FILE:LINE: WHAT", permanent. What the file holds is escaped by the caller.
base::Failure fault(std::string_view file, std::size_t line, std::string_view what);

// The file's text; empty optional where there is no such file. Unreadable: temporary, naming it. A NUL in it:
// permanent.
base::Result<std::optional<std::string>> read_config_file(const std::string& path);

}  // namespace conf
