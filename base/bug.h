// A broken precondition or an impossible state: said, then abort(). Callers of the program treat the crash as
// temporary.
#pragma once

#include <source_location>
#include <string_view>

namespace base {

[[noreturn]] void bug(std::string_view what, std::source_location where = std::source_location::current());

}  // namespace base
