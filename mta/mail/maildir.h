// Delivery into a maildir in two steps, so that a crash between them can be told from one before or after
// (cr.yp.to/proto/maildir.html): the file is written and synced in tmp/, its name is recorded by the caller, then it is
// renamed into new/ and new/ is synced.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/directory.h"
#include "base/result.h"

namespace mail {

// Files in tmp/ that nobody touched for so long are nobody's.
inline constexpr std::int64_t tmp_lifetime_seconds = 36 * 3600;

struct UniqueName {
  base::ClockReading now;
  std::int64_t pid = 0;
  std::string entry_id;       // of the queue entry; letters, digits, '-'
  std::size_t recipient = 0;  // its index there
  std::string host;           // '/' and ':' are replaced as the maildir page says
};

// TIME.M<usec>P<pid>Q<entry>R<recipient>.HOST
std::string format_unique_name(const UniqueName& parts);
// The queue entry's id in a name that we made; none in a foreign one.
std::optional<std::string> entry_id_of(std::string_view unique_name);
// The name without what a mail reader appended (":2,FLAGS").
std::string_view base_name(std::string_view file_name);

enum class MaildirKind {
  mailbox,  // 0700, files 0600
  spool     // 2770, files 0660: the flush tools run as another user of the same group
};

// Makes DIR, tmp, new and cur where they are missing, durably.
base::Result<void> make_maildir(const std::string& path, MaildirKind kind);

struct Source {
  const base::Fd& fd;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
};

// tmp/NAME: the given lines, then the source; synced. After a failure tmp/NAME is gone again.
base::Result<void> write_to_tmp(const base::Directory& maildir, const std::string& name, std::string_view first_lines,
                                const Source& source, MaildirKind kind);

// tmp/NAME to new/NAME; never over an existing one. The caller syncs new/.
base::Result<void> move_to_new(const base::Directory& maildir, const std::string& name);

enum class Whereabouts { in_tmp, delivered, gone };

// Where a recorded name is now: in tmp/, in new/ or cur/ (with whatever flags), or nowhere.
base::Result<Whereabouts> look_for(const base::Directory& maildir, const std::string& name);

// The "Return-Path:" and "Delivered-To:" lines (reference: qmail-local). sender is unquoted, as in an envelope.
std::string envelope_lines(std::string_view sender, std::string_view delivered_to);

// A sender "pre@host-@[]" is expanded for each recipient to "preBOX=HOST@host" (VERP); others are returned unchanged.
std::string verp_sender(std::string_view sender, std::string_view recipient);
// Where a bounce for such a sender goes: "pre@host".
std::string bounce_address(std::string_view sender);

}  // namespace mail
