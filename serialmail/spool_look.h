// A look at one file of a spool: is it ours to send, can it be sent, how urgent is it. It reads the file's head and no
// more of it, and changes nothing.
#pragma once

#include <string>
#include <string_view>

#include "base/directory.h"
#include "conf/sender_priority.h"
#include "mta/mail/maildir_scan.h"
#include "mta/mail/spool_journal.h"
#include "serialmail/flush_books.h"

namespace serialmail {

struct SpoolLook {
  enum class Kind {
    ready,
    gone,        // no such file any more
    foreign,     // with another prefix: somebody else's
    done,        // accepted or bounced before, only not removed
    unreadable,  // now
    malformed,   // it has to be changed first
    on_hold      // the same, known from the journal
  };
  Kind kind = Kind::ready;
  Candidate candidate;    // with size and priority if it is ready
  std::string recipient;  // if it is ready; the candidate has none
  std::string reason;     // of unreadable, malformed and on_hold
};

// past: what the journal knows of it, or nullptr.
SpoolLook look_at(const base::Directory& maildir, const mail::MaildirFile& file, std::string_view prefix,
                  const conf::SenderPriorities& senders, const mail::SpoolPast* past);

// The file is as it was when it was put on hold.
bool is_unchanged(const mail::JournalHold& hold, const mail::MaildirFile& file);

}  // namespace serialmail
