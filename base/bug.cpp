#include "base/bug.h"

#include <cstdlib>
#include <string>

#include "base/log.h"

namespace base {

void bug(std::string_view what, std::source_location where) {
  log(Level::error,
      "bug at " + std::string(where.file_name()) + ":" + std::to_string(where.line()) + ": " + std::string(what));
  std::abort();
}

}  // namespace base
