// When a link may be called, by the clocks of a place. Pure.
#pragma once

#include <chrono>
#include <string>

#include "conf/link_policy.h"

namespace pppctl::policy {

// No windows: always open.
bool is_open(const conf::LinkPolicy& policy, std::chrono::sys_seconds at);

// This moment, if it is in a window, else the next begin of one.
std::chrono::sys_seconds next_open(const conf::LinkPolicy& policy, std::chrono::sys_seconds from);

// "mon-fri 08:00-18:00, sat 09:00-12:00".
std::string windows_text(const conf::LinkPolicy& policy);

}  // namespace pppctl::policy
