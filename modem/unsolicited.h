// Lines that a modem says on its own account, between or in the middle of the answers to commands: +CREG: 1, +CMTI: …,
// HARDWARE FAILURE: …, ^BOOT: …. Pure.
#pragma once

#include <string_view>

namespace modem {

// An information line as it comes while this command is under way. What the command asked for is its answer, and of
// +CREG and its like only the form with two numbers (3GPP TS 27.007 §7.2: <n>,<stat>; unasked it is <stat> alone).
bool is_unsolicited(std::string_view line, std::string_view command);

// A satellite phone's transceiver does not work (Iridium: HARDWARE FAILURE: <subsystem>,<error>).
bool is_hardware_failure(std::string_view line);

}  // namespace modem
