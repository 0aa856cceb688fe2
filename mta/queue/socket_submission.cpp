// A submission over the queue manager's socket: netstrings "submit 1", "m" and message octets, "e" and the envelope;
// one netstring in answer. The queue manager queues nothing before "e".
#include <algorithm>
#include <chrono>

#include "base/io.h"
#include "mta/mail/netstring.h"
#include "mta/queue/qmgr_client.h"
#include "mta/queue/submission.h"

namespace mta {
namespace {

constexpr std::size_t max_chunk_bytes = 65536;
constexpr std::size_t max_answer_bytes = 4096;
constexpr std::chrono::minutes write_timeout{10};
constexpr std::chrono::seconds reason_timeout{10};
// Disks that are nearly full or shared can sync for a long time; giving up early would queue the mail twice.
constexpr std::chrono::minutes answer_timeout{30};

class SocketSubmission : public Submission {
 public:
  explicit SocketSubmission(base::Fd fd) : fd_(std::move(fd)) {}

  QueueOutcome message(std::string_view octets) override {
    while (!octets.empty()) {
      const auto chunk = octets.substr(0, max_chunk_bytes);
      octets.remove_prefix(chunk.size());
      if (auto sent = send('m', chunk); !sent) return sent;
    }
    return {};
  }

  QueueOutcome commit(std::string_view envelope) override {
    if (auto sent = send('e', envelope); !sent) return sent;
    const auto answer = read_netstring(fd_, max_answer_bytes, base::Deadline::after(answer_timeout));
    if (answer) return read_answer(*answer);
    if (answer.error().error == ETIMEDOUT)
      return queue_failure(QueueExit::connection_timeout, "no answer from the queue manager");
    return queue_failure(QueueExit::connection_broke, "waiting for the queue manager's answer: " + answer.error().text);
  }

  QueueOutcome greet() {
    return sent(base::write_all(fd_, mail::netstring("submit 1"), base::Deadline::after(write_timeout)));
  }

 private:
  QueueOutcome send(char kind, std::string_view content) {
    std::string octets(1, kind);
    octets += content;
    return sent(base::write_all(fd_, mail::netstring(octets), base::Deadline::after(write_timeout)));
  }

  // A queue manager that refuses says why and closes: its reason counts more than our broken pipe.
  QueueOutcome sent(const base::Result<void>& result) {
    if (result) return {};
    if (result.error().error == ETIMEDOUT)
      return queue_failure(QueueExit::connection_timeout, "the queue manager does not read");
    const auto answer = read_netstring(fd_, max_answer_bytes, base::Deadline::after(reason_timeout));
    if (answer && !answer->starts_with('K')) return read_answer(*answer);
    return queue_failure(QueueExit::connection_broke, "send to the queue manager: " + result.error().text);
  }

  base::Fd fd_;
};

}  // namespace

std::unique_ptr<Submission> open_socket_submission(const conf::Places& places, std::string& why) {
  auto fd = connect_qmgr(places);
  if (!fd) {
    why = fd.error().text;
    return nullptr;
  }
  auto submission = std::make_unique<SocketSubmission>(std::move(*fd));
  if (auto greeted = submission->greet(); !greeted) {
    // Nothing of the message has been read yet, so the other way is still open.
    why = greeted.error().text;
    return nullptr;
  }
  return submission;
}

}  // namespace mta
