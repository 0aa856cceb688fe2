// Commands that carry a secret: a SIM's PIN, a password of the network's. They stand in no log, however they are
// written.
#pragma once

#include <string>
#include <string_view>

namespace modem {

// AT+CPIN="1234", and not the question AT+CPIN?
bool has_secret(std::string_view command_line);
// The line with "..." for the secret and all behind it.
std::string without_secret(const std::string& command_line);
// A line that the modem said after that command: the same, where it is an echo of it or repeats the secret.
std::string without_secret_of(const std::string& command_line, const std::string& said);

}  // namespace modem
