// What a queue program is given on its descriptors.
#pragma once

#include <string>

#include "base/deadline.h"
#include "base/fd.h"
#include "mta/queue/queue_exit.h"

namespace mta {

// Descriptor 1 is read up to the envelope's last NUL; what follows that is not looked at. The octets of the envelope,
// whose form and addresses are good; else the code: 54 when they end too early, 91 for a bad form, 11 for an address
// that is too long, 31 for one with a control character.
tl::expected<std::string, QueueFailure> read_envelope(const base::Fd& fd, const base::Deadline& deadline);

}  // namespace mta
