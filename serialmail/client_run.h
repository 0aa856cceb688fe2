// One client process: names go in on its descriptor 0, results come out of its descriptor 1.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/child.h"
#include "base/deadline.h"
#include "base/fd.h"
#include "base/result.h"
#include "base/stop_signals.h"
#include "serialmail/result_stream.h"

namespace serialmail {

// What the run asks for and tells, all called from within run_client().
struct ClientEvents {
  // What to give next, in order: a name, or the names of copies of one message; each ended by NUL, no more than a page
  // of them. Empty: there is no more. Asked for only when the client has taken all that it was given.
  std::function<std::string()> next_names;
  std::function<void(const ResultRecord&)> result;
  std::function<base::Deadline()> due;  // when to call tick at the latest
  std::function<void()> tick;
};

enum class ClientOutcome {
  ended,    // exit status 0, 111 or any other
  refused,  // exit status 100
  crashed,
  stopped  // a second signal: we do not wait
};

// Runs the client to its end; it inherits the lock. The first signal ends the giving of names only: the client finishes
// what it has.
base::Result<ClientOutcome> run_client(const std::vector<std::string>& argv, const base::Fd& lock,
                                       base::StopSignals& signals, const ClientEvents& events);

}  // namespace serialmail
