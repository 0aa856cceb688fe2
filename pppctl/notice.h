// What is said where nobody watches: a line when the state of a link has changed, else nothing. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "pppctl/call_record.h"
#include "pppctl/session_core.h"

namespace pppctl {

struct Notice {
  std::optional<LinkState> state;   // what to keep; none: as it was
  std::optional<std::string> line;  // what to say
};

// A failure is the same as the one before if only the numbers in its text are others. A stop is always said and changes
// nothing; mail that the server wants later is no failure of the link.
Notice notice_of(const std::string& link, const std::optional<LinkState>& before, const Verdict& verdict,
                 std::int64_t wall_ms);

// A session that died without a word counts as a failure, like one that has said why.
Notice notice_of_death(const std::string& link, const std::optional<LinkState>& before, std::int64_t wall_ms);

bool is_same_failure(std::string_view a, std::string_view b);

}  // namespace pppctl
