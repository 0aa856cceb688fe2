#include "base/bug.h"

#include <cstdlib>
#include <string>

#include "base/log.h"

namespace base {

void bug(std::string_view what, const char* file, int line) {
  log(Level::error, "bug at " + std::string(file) + ":" + std::to_string(line) + ": " + std::string(what));
  std::abort();
}

}  // namespace base
