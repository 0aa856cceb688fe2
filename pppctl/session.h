// `pppctl session LINK`: one call, from the lock to the closed ledger row.
#pragma once

#include <string>

#include "base/result.h"
#include "conf/places.h"

namespace pppctl {

struct SessionSettings {
  std::string link;
  bool verbose = false;
  bool always = false;  // dial though no mail waits
};

// The exit status: 0 all went, 111 mail is left or it failed for now, 100 somebody must change something. What there is
// to say has been said; a failure here is one of the surroundings (no signals, no memory).
base::Result<int> run_session(const SessionSettings& settings, const conf::Places& places);

}  // namespace pppctl
