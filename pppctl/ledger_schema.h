// The forms that the ledger has had.
#pragma once

#include <cstdint>
#include <string_view>

namespace pppctl {

inline constexpr std::int64_t schema_version = 3;

// The statements that make form `from` + 1 of form `from`; 0 is an empty database.
std::string_view schema_step(std::int64_t from);

}  // namespace pppctl
