// pppd's exit statuses (pppd(8), EXIT STATUS): what each means for the next call, and what a person can do. Pure.
#pragma once

#include <string>

#include "base/child.h"
#include "modem/result_code.h"
#include "pppctl/ppp/pppd_log.h"

namespace pppctl::ppp {

enum class PppdStatus {
  ok = 0,
  fatal_error = 1,
  option_error = 2,
  not_root = 3,
  no_kernel_support = 4,
  user_request = 5,
  lock_failed = 6,
  open_failed = 7,
  connect_failed = 8,
  ptycmd_failed = 9,
  negotiation_failed = 10,
  peer_auth_failed = 11,
  idle_timeout = 12,
  connect_time = 13,
  callback = 14,
  peer_dead = 15,
  hangup = 16,
  loopback = 17,
  init_failed = 18,
  auth_topeer_failed = 19,
  traffic_limit = 20,
  cnid_auth_failed = 21,
};
inline constexpr int last_status = 21;

// What the end of a pppd that nobody has told to end means: while the interface was waited for, or under a job.
modem::Trouble trouble_of(const base::ChildEnd& end, const LinkState& log);

}  // namespace pppctl::ppp
