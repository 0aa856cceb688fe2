// What the commands print: tables for people, JSON for programs. Octets of a modem are escaped on their way to people.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace modem {

// Octets of a modem or a device may be no UTF-8.
void print_json(const nlohmann::json& value);

// Two columns; a row with an empty name goes on with the one before.
using Rows = std::vector<std::pair<std::string, std::string>>;
void print_rows(const Rows& rows);

}  // namespace modem
