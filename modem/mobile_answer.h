// What the information lines of a cellular or satellite modem say (3GPP TS 27.007; Iridium's forms of them). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace modem {

using Lines = std::vector<std::string>;

// <stat> of +CREG, +CGREG, +CEREG.
enum class Registration {
  idle = 0,
  home = 1,
  searching = 2,
  denied = 3,
  unknown = 4,
  roaming = 5,
  home_messages = 6,
  roaming_messages = 7,
  emergency = 8,
  home_no_calls_preferred = 9,
  roaming_no_calls_preferred = 10,
};
bool is_registered(Registration registration);  // for calls, at home or roaming
bool is_roaming(Registration registration);
std::string_view text_of(Registration registration);

// What stands behind "NAME:", of the first line that begins so.
std::optional<std::string> value_of(const Lines& lines, std::string_view name);

std::optional<std::string> sim_state(const Lines& lines);  // READY, SIM PIN, SIM PUK …
std::optional<Registration> registration_of(const Lines& lines,
                                            std::string_view name);  // "+CREG": the answer to +CREG?
std::optional<int> signal_of(const Lines& lines);                    // of +CSQ or +CSQF; none: not known (99)
std::string network_name(const Lines& lines);                        // of +COPS?; empty: none
std::optional<bool> is_attached(const Lines& lines);                 // of +CGATT?
std::optional<int> pin_attempts(const Lines& lines);                 // of +CPINR, of the PIN
std::string serial_number(const Lines& lines);                       // of +CGSN: digits; empty: none

}  // namespace modem
