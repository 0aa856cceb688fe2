// The errors of +CME ERROR (3GPP TS 27.007 §9.2).
#pragma once

#include <string_view>

namespace emulator {

namespace cme {
inline constexpr int not_allowed = 3, no_sim = 10, pin_required = 11, puk_required = 12, sim_failure = 13,
                     wrong_password = 16, no_service = 30, bad_parameters = 50, plmn_not_allowed = 111,
                     unspecified_packet_error = 148;
}

// As +CMEE=2 has it; "unknown" for a number that has no text here.
std::string_view cme_text(int number);

}  // namespace emulator
