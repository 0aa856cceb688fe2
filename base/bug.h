// A broken precondition or an impossible state: said, then abort(). Callers of the program treat the crash as
// temporary.
#pragma once

#include <string_view>

namespace base {

// The built-ins and not std::source_location, which clang 14 (the fuzz and tidy builds) does not have.
[[noreturn]] void bug(std::string_view what, const char* file = __builtin_FILE(), int line = __builtin_LINE());

}  // namespace base
