// Status and history, for people and as JSON. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pppctl/call_record.h"
#include "pppctl/policy/decision.h"

namespace pppctl {

struct RouteWaiting {
  std::string route;
  std::uint64_t messages = 0;
  std::uint64_t octets = 0;
  std::optional<std::int64_t> oldest_wall_ms;  // none: nothing waits
};

struct LinkStatus {
  std::string link;
  std::optional<LinkState> state;  // none: never called
  std::optional<Call> running;
  std::optional<Call> last;  // the newest that has ended
  std::vector<RouteWaiting> waiting{};
  std::optional<policy::Decision> next{};  // of a call that nobody asks for; none: not known
};

std::string status_text(const std::vector<LinkStatus>& links);
std::string status_json(const std::vector<LinkStatus>& links);
std::string history_text(const std::vector<Call>& calls);
std::string history_json(const std::vector<Call>& calls);

}  // namespace pppctl
