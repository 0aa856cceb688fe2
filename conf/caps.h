// [caps] of links/NAME.toml, and accounts/NAME.toml: what may be spent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "conf/places.h"
#include "conf/toml.h"

namespace conf {

// Amounts in nano-units of the tariff's currency, tax in them. Days, weeks and months are the provider's.
struct Caps {
  std::optional<std::int64_t> call, day, week, month;
  std::optional<std::int64_t> failed;  // of a day's calls that carried no mail
};

// Ask the table for their keys; faults stay in the file (toml.h).
Caps read_caps(TomlTable& table);

// What all links of an account may spend together; no file: no cap. Permanent with file, line and key for every fault.
base::Result<Caps> load_account(const Places& places, const std::string& name);

}  // namespace conf
