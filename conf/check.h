// The whole configuration looked at at once: every fault as one line with file and line.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "conf/places.h"

namespace conf {

enum class TomlKind { link, modem, relay, tariff, account };

// One file, with what it inherits, against the table of keys of its kind.
std::vector<std::string> check_toml(TomlKind kind, const std::string& path);

// control/, users/assign, routes, links/, modems/, relays/, tariffs/ and accounts/; and what one names of another: a
// link's modem, tariff, chat script and routes, a route's relay.
std::vector<std::string> check_config(const Places& places);

}  // namespace conf
