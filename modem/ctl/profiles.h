// The profiles of this host.
#pragma once

#include <string>
#include <vector>

#include "conf/modem.h"
#include "modem/identity.h"

namespace modem {

// Those that can be read, by name, with the bases that have no port; what is wrong with the others is logged.
std::vector<conf::ModemProfile> all_profiles();

// The bases among them, each with what its modems say of themselves.
std::vector<Candidate> base_candidates();

}  // namespace modem
