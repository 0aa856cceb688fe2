// One pass over one queue entry: everything that can be done for its recipients now. It may run on any thread; nobody
// else touches the entry meanwhile.
//
// Invariants, each told from the files alone after a crash at any point:
//  - a recipient is `done` only when its file is in the maildir's new/ and that is durable;
//  - a file leaves tmp/ only after its name stands, durably, in the entry;
//  - an entry is removed only when every recipient is settled and the bounce for the failed ones, if any, is committed.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "base/clock.h"
#include "conf/routing.h"
#include "mta/mail/bounce.h"
#include "mta/mail/clock_floor.h"
#include "mta/qmgr/store.h"

namespace mta {

// What the configuration says, as values; replaced as a whole at a reload.
struct Rules {
  conf::RoutingTable routing;
  mail::BounceHost bounce_host;
  std::string host;                      // control/me: in unique names and Received lines
  std::int64_t queue_lifetime = 604800;  // seconds from the first deferral (control/queuelifetime)
};

struct PassInput {
  std::string id;
  bool verify = false;  // check the checksum: for entries found at start
  base::ClockReading now;
  mail::ClockFloor clock;  // already observed `now`
  uid_t uid = 0;           // ours: a mailbox of somebody else is not delivered to from here
  std::int64_t pid = 0;
};

enum class PassOutcome {
  finished,  // the entry is gone
  waiting,   // try again later
  damaged    // the file is not a whole entry: left alone and reported
};

struct PassResult {
  PassOutcome outcome = PassOutcome::waiting;
  std::optional<std::string> bounce_id;  // a bounce that is now committed: to be scheduled
  std::int64_t birth = 0;
  bool birth_trusted = false;
  std::optional<uid_t> owner;  // none: the entry could not be read
};

PassResult run_pass(const Store& store, const Rules& rules, const PassInput& input);

}  // namespace mta
