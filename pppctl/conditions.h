// --if-mail: the amounts of mail that a call is worth, from the command line in place of the profile's. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "conf/link_policy.h"

namespace pppctl {

struct MailConditions {
  bool are_the_profiles = false;  // "due": what [when] says
  std::optional<std::chrono::milliseconds> older;
  std::optional<std::uint64_t> messages, octets;
  std::optional<int> priority;
};

// "due"; "any"; "older=30m,messages=10,octets=200k,priority=4", any one of which will do.
base::Result<MailConditions> parse_conditions(const std::string& text);

// The policy with these in place of its own, and without its interval.
conf::LinkPolicy with_conditions(conf::LinkPolicy policy, const MailConditions& conditions);

}  // namespace pppctl
