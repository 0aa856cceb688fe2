// What the file state/clock, which mta-qmgr keeps, tells the other programs of our clock.
#pragma once

#include <string>

#include "mta/mail/clock_floor.h"

namespace net {

// The present time is observed already. A file that cannot be read is a clock of which nothing is known.
mail::ClockFloor read_clock_floor(const std::string& clock_file);

}  // namespace net
