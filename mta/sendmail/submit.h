// One message from standard input into the queue, by $QMAILQUEUE or mta-queue.
#pragma once

#include "base/fd.h"
#include "conf/places.h"
#include "mta/sendmail/options.h"
#include "mta/sendmail/sysexit.h"

namespace mta {

// Good: the queue program said that the mail is on disk. Nothing of it is queued otherwise.
SendmailOutcome submit_message(const SendmailOptions& options, const conf::Places& places, const base::Fd& input);

}  // namespace mta
