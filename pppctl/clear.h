// `pppctl clear LINK`: a person says that a link may be called again.
#pragma once

#include <string>

#include "base/result.h"
#include "conf/places.h"

namespace pppctl {

base::Result<int> run_clear(const std::string& link, const conf::Places& places);

}  // namespace pppctl
