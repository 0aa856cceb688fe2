#include "mta/queue/queue_exit.h"

#include <algorithm>

#include "conf/text.h"

namespace mta {

tl::unexpected<QueueFailure> queue_failure(QueueExit exit, const base::Failure& failure) {
  return queue_failure(failure.error == ETIMEDOUT ? QueueExit::timeout : exit, failure.text);
}

QueueOutcome read_answer(std::string_view answer) {
  if (answer.starts_with('K')) return {};
  const bool permanent = answer.starts_with('D');
  if (!permanent && !answer.starts_with('Z'))
    return queue_failure(QueueExit::connection_broke, "the queue manager's answer is none");
  const std::size_t blank = std::min(answer.find(' '), answer.size());
  const auto code = conf::decimal(answer.substr(1, blank - 1)).value_or(0);
  const auto text = "queue manager: " + std::string(answer.substr(std::min(blank + 1, answer.size())));
  const bool is_permanent_code = code >= 11 && code <= 40;
  const bool is_temporary_code = code > 40 && code < 100;
  if (permanent) return queue_failure(is_permanent_code ? static_cast<QueueExit>(code) : QueueExit::refused, text);
  return queue_failure(is_temporary_code ? static_cast<QueueExit>(code) : QueueExit::refused_for_now, text);
}

}  // namespace mta
