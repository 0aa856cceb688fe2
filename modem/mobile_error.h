// The errors of a cellular or satellite modem, and what to conclude from them: +CME ERROR (3GPP TS 27.007 §9.2), +CMS
// ERROR (27.005 §3.2.5), as numbers or, with +CMEE=2, as texts. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "modem/result_code.h"

namespace modem {

enum class ErrorFamily { equipment, message };  // +CME ERROR, +CMS ERROR

struct MobileError {
  ErrorFamily family = ErrorFamily::equipment;
  std::optional<unsigned> number;  // none: a text that stands in no table
};

// Those that decide what is done next.
namespace cme {
inline constexpr unsigned not_allowed = 3, not_supported = 4, no_sim = 10, pin_required = 11, puk_required = 12,
                          sim_busy = 14, wrong_password = 16;
}

// Empty for any other line.
std::optional<MobileError> parse_mobile_error(std::string_view line);

// What it means, without what was tried; the line itself is not in it, so that nothing secret can be.
Trouble trouble_of(const MobileError& error);

}  // namespace modem
