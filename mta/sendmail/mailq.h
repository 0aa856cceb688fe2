#pragma once

#include "conf/places.h"
#include "mta/sendmail/sysexit.h"

namespace mta {

// Prints queue and spools on standard output: as the queue manager tells it, or, where that is not running, as the
// folders show it to whoever may read them.
SendmailOutcome print_queue(const conf::Places& places);

}  // namespace mta
