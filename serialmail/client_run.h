// One client process: names go in on its descriptor 0, results come out of its descriptor 1.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/child.h"
#include "base/deadline.h"
#include "base/fd.h"
#include "base/result.h"
#include "base/stop_signals.h"
#include "serialmail/line_word.h"
#include "serialmail/result_stream.h"

namespace serialmail {

// A pipe of one page can be written exactly when it is empty. So no more waits in it than was given at once, and an
// order to stop reaches a client that has read ahead no further than that.
inline constexpr std::size_t max_names_bytes = 4096;

// What the run asks for and tells, all called from within run_client().
struct ClientEvents {
  // A piece of what has to be done before the first name; true while there is more, and then nothing is waited for.
  std::function<bool()> prepare;
  // What to give next, in order: names, those of the copies of one message together; each ended by NUL, no more than
  // max_names_bytes of them. Empty: there is no more. Asked for only when the client has taken all that it was given.
  std::function<std::string()> next_names;
  std::function<void(const ResultRecord&)> result;
  // Lines of the client's report, where it is told to write one on that descriptor; without the function nobody hears
  // it.
  std::optional<int> report_descriptor;
  std::function<void(std::string_view)> report;
  // Lines that the client writes to standard error; without the function it has ours.
  std::function<void(std::string_view)> said;
  LineWord line;
  std::function<base::Deadline()> due;  // when to call tick at the latest
  std::function<void()> tick;
};

enum class ClientOutcome {
  ended,    // exit status 0, 111 or any other
  refused,  // exit status 100
  crashed,
  stopped,   // a second signal: we do not wait
  line_gone  // the client was given a moment to see it too
};

// Runs the client to its end; it inherits the lock. The first signal ends the giving of names only: the client finishes
// what it has.
base::Result<ClientOutcome> run_client(const std::vector<std::string>& argv, const base::Fd& lock,
                                       base::StopSignals& signals, const ClientEvents& events);

}  // namespace serialmail
