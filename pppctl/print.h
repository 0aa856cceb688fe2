// Standard output, with its failure.
#pragma once

#include <string>

#include "base/result.h"

namespace pppctl {

base::Result<void> print(const std::string& text);

}  // namespace pppctl
