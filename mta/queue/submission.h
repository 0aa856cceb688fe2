// A message on its way to the queue: over the queue manager's socket, or, where that is not there, into the drop
// directory. Which of the two is settled before the first octet, because a message that was read cannot be read again.
#pragma once

#include <memory>
#include <string_view>

#include "conf/places.h"
#include "mta/queue/queue_exit.h"

namespace mta {

class Submission {
 public:
  Submission() = default;
  Submission(const Submission&) = delete;
  Submission& operator=(const Submission&) = delete;
  // Without a good commit() nothing is queued.
  virtual ~Submission() = default;

  virtual QueueOutcome message(std::string_view octets) = 0;
  // The whole envelope, checked. Good: the mail is durably ours. Called once, last.
  virtual QueueOutcome commit(std::string_view envelope) = 0;
};

using OpenedSubmission = tl::expected<std::unique_ptr<Submission>, QueueFailure>;

// nullptr: there is no queue manager to talk to; why says what the connect said.
std::unique_ptr<Submission> open_socket_submission(const conf::Places& places, std::string& why);
OpenedSubmission open_drop_submission(const conf::Places& places);

}  // namespace mta
