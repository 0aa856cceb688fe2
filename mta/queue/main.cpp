// mta-queue: qmail-queue's contract. Message on descriptor 0, envelope on descriptor 1, the outcome in the exit status;
// nothing is printed when the mail is queued.
#include <array>
#include <chrono>
#include <new>

#include "base/io.h"
#include "base/log.h"
#include "base/run.h"
#include "mta/queue/input.h"
#include "mta/queue/options.h"
#include "mta/queue/submission.h"

namespace mta {
namespace {

constexpr std::chrono::hours whole_timeout{24};  // qmail-queue's

OpenedSubmission open_submission(const conf::Places& places) {
  std::string why;
  if (auto submission = open_socket_submission(places, why)) return submission;
  auto drop = open_drop_submission(places);
  if (!drop)
    return queue_failure(drop.error().exit,
                         "no queue manager (" + why + ") and no drop directory (" + drop.error().text + ")");
  return drop;
}

QueueOutcome queue_message() {
  auto message = base::inherit(0, "message");
  if (!message) return queue_failure(QueueExit::read_error, message.error());
  auto envelope = base::inherit(1, "envelope");
  if (!envelope) return queue_failure(QueueExit::read_error, envelope.error());
  auto submission = open_submission(conf::Places::from_environment());
  if (!submission) return tl::unexpected(submission.error());

  const auto deadline = base::Deadline::after(whole_timeout);
  std::array<char, 65536> block;
  for (;;) {
    const auto n = base::read_some(*message, block, deadline);
    if (!n)
      return queue_failure(QueueExit::read_error,
                           base::Failure{n.error().kind, "read message: " + n.error().text, n.error().error});
    if (*n == 0) break;
    if (auto taken = (*submission)->message({block.data(), *n}); !taken) return taken;
  }
  const auto octets = read_envelope(*envelope, deadline);
  if (!octets) return tl::unexpected(octets.error());
  return (*submission)->commit(*octets);
}

int status_of(QueueExit exit) { return static_cast<int>(exit); }

}  // namespace
}  // namespace mta

int main(int argc, char** argv) {
  return base::run_with_status("mta-queue", [&]() -> base::Result<int> {
    const auto options = mta::parse_queue_options(argc, argv);
    if (!options) return options.error();
    if (options->shown) return 0;
    try {
      const auto queued = mta::queue_message();
      if (queued) return 0;
      base::log(base::Level::fatal, queued.error().text);
      return mta::status_of(queued.error().exit);
    } catch (const std::bad_alloc&) {
      return mta::status_of(mta::QueueExit::out_of_memory);
    }
  });
}
