// <sysexits.h> as far as sendmail uses it, and a failure that carries one.
#pragma once

#include <string>
#include <tl/expected.hpp>

#include "base/result.h"

namespace mta {

enum class Sysexit : int {
  usage = 64,
  data = 65,         // the message or its header is not acceptable
  no_user = 67,      // a recipient that is no address
  unavailable = 69,  // the queue refuses the message for good
  os_error = 71,     // a program of ours cannot be run
  io_error = 74,     // the message cannot be read
  temporary = 75,    // nothing is queued; later it may be
  configuration = 78
};

struct SendmailFailure {
  Sysexit exit;
  std::string text;  // one line
};

using SendmailOutcome = tl::expected<void, SendmailFailure>;

inline tl::unexpected<SendmailFailure> sendmail_failure(Sysexit exit, std::string text) {
  return tl::unexpected(SendmailFailure{exit, std::move(text)});
}

}  // namespace mta
