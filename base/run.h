// What every main is: `return base::run("name", [&]() -> base::Result<void> { … });`
#pragma once

#include <functional>
#include <string_view>

#include "base/result.h"

namespace base {

inline constexpr int exit_permanent = 100;
inline constexpr int exit_temporary = 111;

// Sets the program's name for the log, ignores SIGPIPE, runs the body; prints its failure as one line and returns 0,
// 100 or 111. An exception that got this far: 111.
int run(std::string_view name, const std::function<Result<void>()>& body);

// The same for a program whose contract has exit statuses of its own: the body gives them.
int run_with_status(std::string_view name, const std::function<Result<int>()>& body);

int exit_status(const Failure& failure);

}  // namespace base
