// What the commands print: tables for people, JSON for programs. Octets of a modem are escaped on their way to people.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "modem/line_settings.h"
#include "modem/lock.h"

namespace modem {

// Octets of a modem or a device may be no UTF-8.
void print_json(const nlohmann::json& value);

// Two columns; a row with an empty name goes on with the one before.
using Rows = std::vector<std::pair<std::string, std::string>>;
void print_rows(const Rows& rows);

// The lines that are on: "DTR RTS CTS"; and each as true or false.
std::string lines_text(const ModemLines& lines);
nlohmann::json lines_json(const ModemLines& lines);

// "held by minicom (pid 812): /var/lock/LCK..ttyS1"
std::string holder_text(const LockHolder& holder);
nlohmann::json holder_json(const LockHolder& holder);

}  // namespace modem
