// Tells the sender of a refused message: a bounce through the queue program.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/directory.h"
#include "base/result.h"
#include "mta/mail/bounce.h"

namespace serialmail {

// bouncefrom, bouncehost, doublebouncehost and doublebounceto of the control files. Any failure is temporary: the mail
// waits until somebody has put the files right.
base::Result<mail::BounceHost> read_bounce_host();

struct Refusal {
  std::string path;  // "new/NAME"
  std::string prefix;
  std::string text;  // the server's
  bool is_expired = false;
};

// The queue program's pid, or nothing: the message was a double bounce and is to be discarded. The failure's text is
// the REASON of "unable to bounce". Once this has returned well, the file may go.
base::Result<std::optional<pid_t>> bounce(const base::Directory& maildir, const Refusal& refusal,
                                          const mail::BounceHost& host, std::int64_t now);

}  // namespace serialmail
