// Base64 (RFC 4648 §4), as SMTP's AUTH carries its challenges and responses.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mail {

std::string to_base64(std::string_view octets);

// Strict: whole groups, padding at the end alone, no line ends, no bits left over. Empty when the text is none.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace mail
