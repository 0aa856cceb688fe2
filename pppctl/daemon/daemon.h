// `pppctl daemon`: calls when the policies of the links say so, by `pppctl session any` in a process of its own, so
// that nothing that goes wrong in a call takes the daemon along. No port and no ledger is ever open here.
#pragma once

#include <string>

#include "base/result.h"
#include "conf/places.h"

namespace pppctl::daemon {

// Until SIGTERM or SIGINT; SIGHUP reads the configuration again. Sessions under way are stopped and waited for.
base::Result<int> run_daemon(const conf::Places& places);

// `pppctl up LINK`, `down LINK`, `reload`, `next`: asks the daemon and prints what it answers.
base::Result<int> run_request(const std::string& request, const conf::Places& places);

}  // namespace pppctl::daemon
