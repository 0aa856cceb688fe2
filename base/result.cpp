#include "base/result.h"

#include <system_error>

namespace base {

Failure temporary(std::string text) { return Failure{FailureKind::temporary, std::move(text), 0}; }

Failure permanent(std::string text) { return Failure{FailureKind::permanent, std::move(text), 0}; }

Failure system_failure(std::string_view what, int error) {
  return Failure{FailureKind::temporary, std::string(what) + ": " + std::generic_category().message(error), error};
}

}  // namespace base
