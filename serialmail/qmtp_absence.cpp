#include "serialmail/qmtp_absence.h"

#include "serialmail/server_note.h"

namespace serialmail {
namespace {

constexpr const char* note_name = "no-qmtp";

}  // namespace

bool is_qmtp_absent(const base::Directory& maildir, const std::string& host, unsigned port, std::int64_t now) {
  const auto note = read_server_note(maildir, note_name);
  return note && note->holds(host, port, now, absence_kept);
}

base::Result<void> note_qmtp_absence(const base::Directory& maildir, const std::string& host, unsigned port,
                                     std::int64_t now) {
  return write_server_note(maildir, note_name, {now, host, port, ""});
}

}  // namespace serialmail
