// The configuration as the queue manager's passes use it.
#pragma once

#include <memory>

#include "conf/places.h"
#include "mta/qmgr/pass.h"

namespace mta {

// Reads control/, users/assign and routes. Every fault names its file (and line where it has one).
base::Result<std::shared_ptr<const Rules>> load_rules(const conf::Places& places);

}  // namespace mta
