// qmail-queue's exit codes, and a failure that carries one.
#pragma once

#include <string>
#include <tl/expected.hpp>

#include "base/result.h"

namespace mta {

// 11 to 40 are permanent, everything else is temporary.
enum class QueueExit : int {
  address_too_long = 11,
  refused = 31,
  out_of_memory = 51,
  timeout = 52,
  write_error = 53,
  read_error = 54,
  configuration = 55,
  home_trouble = 61,
  queue_trouble = 62,
  refused_for_now = 71,
  connection_timeout = 72,
  connection_broke = 74,
  bug = 81,
  bad_envelope = 91
};

struct QueueFailure {
  QueueExit exit;
  std::string text;  // one line
};

// Queued or handed on, or why not.
using QueueOutcome = tl::expected<void, QueueFailure>;

inline tl::unexpected<QueueFailure> queue_failure(QueueExit exit, std::string text) {
  return tl::unexpected(QueueFailure{exit, std::move(text)});
}

// A system call's failure under a code; a passed deadline is a timeout whatever was being done.
tl::unexpected<QueueFailure> queue_failure(QueueExit exit, const base::Failure& failure);

// The queue manager's answer to a submission: "K<id>", or "Z<code> text" and "D<code> text" with qmail-queue's exit
// code. A code that does not fit its letter, or none, is taken for the letter's general one.
QueueOutcome read_answer(std::string_view answer);

}  // namespace mta
