#include "pppctl/print.h"

#include <iostream>

namespace pppctl {

base::Result<void> print(const std::string& text) {
  std::cout << text << std::flush;
  if (!std::cout) return base::temporary("unable to write standard output");
  return {};
}

}  // namespace pppctl
