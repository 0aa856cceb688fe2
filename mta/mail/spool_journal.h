// What a spool remembers of its files beside the mail: DIR/.offhook/journal, append-only, one checksummed record a line
// (mta/mail/record.h), keyed by unique name. Without a journal a spool is a plain qmail spool and works.
//
//   sending NAME TIME SERVER                     the last octets of the body are about to go out
//   unsent  NAME TIME                            they did not: the session broke before
//   cut     NAME TIME                            a session broke while its body was going out, before its last octets
//   answer  NAME TIME trusted|untrusted K TEXT   the server's answer: K, Z or D
//   hold    NAME TIME MTIME NSEC OCTETS REASON   cannot be sent as it is; looked at again when the file has changed
//   transid NAME TIME ID HELO SERVER OCTETS REPLY MEMBER...
//                                                the server took the recipients of these files (NAME among them) in a
//                                                transaction that it can be asked for (RFC 1845); without an ID: not
//                                                any more
//   done    NAME TIME                            accepted or bounced, but could not be removed: never to be sent again
//
// A `sending` with nothing after it is an unknown outcome. Records of other kinds are kept as they are. A record
// without a file is forgotten when the journal is compacted.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/directory.h"
#include "base/fd.h"
#include "base/result.h"
#include "mta/mail/record.h"

namespace mail {

// A flush of a million files stays below it. A longer journal is somebody's mistake, and begun anew.
inline constexpr std::uint64_t max_journal_bytes = 512ULL * 1024 * 1024;

struct JournalAnswer {
  std::int64_t time = 0;
  bool trusted_clock = false;
  char status = 'Z';
  std::string text;
};

struct JournalHold {
  std::int64_t mtime_seconds = 0;
  std::int64_t mtime_nanoseconds = 0;
  std::uint64_t octets = 0;
  std::string reason;
};

struct JournalTransid {
  std::string id;
  std::string helo_name;
  std::string server;
  std::uint64_t octets = 0;          // of the message, CR LF counted
  std::string reply;                 // to RCPT
  std::vector<std::string> members;  // unique names
};

Fields sending_record(std::string_view name, std::int64_t time, std::string_view server);
Fields unsent_record(std::string_view name, std::int64_t time);
Fields cut_record(std::string_view name, std::int64_t time);
Fields answer_record(std::string_view name, const JournalAnswer& answer);
Fields hold_record(std::string_view name, std::int64_t time, const JournalHold& hold);
Fields transid_record(std::string_view name, std::int64_t time, const JournalTransid& transid);
Fields done_record(std::string_view name, std::int64_t time);

// One file's past.
struct SpoolPast {
  std::optional<JournalAnswer> first_answer;
  std::optional<JournalAnswer> last_answer;
  std::optional<std::int64_t> waits_since;  // the first answer at a time that was trusted: lifetimes count from here
  bool is_unknown = false;                  // the last attempt's outcome
  unsigned cuts = 0;                        // of its body since the last answer; more than two count as two
  bool is_done = false;
  std::optional<JournalHold> hold;
  std::optional<JournalTransid> transid;
};

// The journal's content as values.
class SpoolHistory {
 public:
  SpoolHistory() = default;
  explicit SpoolHistory(const std::vector<Fields>& records);

  // nullptr: nothing is known of it.
  [[nodiscard]] const SpoolPast* find(std::string_view unique_name) const;
  void take(const Fields& record);  // the next one

 private:
  std::map<std::string, SpoolPast, std::less<>> past_;
};

// The records that still matter, in their order: those of names without a file are dropped, and those that later ones
// made superfluous. SpoolHistory says the same of every remaining name before and after.
std::vector<Fields> compact_records(const std::vector<Fields>& records,
                                    const std::function<bool(std::string_view)>& has_file);

// The file. Every writer takes DIR/.offhook/journal.lock and opens the journal only under it, because compaction
// replaces the file. Nothing is created before the first append.
class SpoolJournal {
 public:
  // The directory must outlive the journal.
  explicit SpoolJournal(const base::Directory& maildir) : maildir_(maildir) {}

  // A spool without a journal has an empty history. wanted, if any: of which names something is to be known.
  base::Result<SpoolHistory> read(const std::function<bool(std::string_view)>& wanted = {});
  // All of the records, synced, or a failure; after a failure some of them may still be found later.
  base::Result<void> append(const std::vector<Fields>& records);
  // Drops what no longer matters; a missing journal is no failure.
  base::Result<void> compact();

 private:
  class Lock;

  base::Result<bool> find_end(const base::Fd& journal);

  const base::Directory& maildir_;
  // The file that we appended to last, kept open only so that its inode number cannot be given to another, and up to
  // where it is known to hold whole records.
  base::Fd last_;
  std::uint64_t good_bytes_ = 0;
};

inline constexpr const char* spool_folder = ".offhook";

// DIR/.offhook, made with DIR's own permissions if it is missing, so that whoever may write the one may write the
// other.
base::Result<base::Directory> make_spool_folder(const base::Directory& maildir);
// A file in it, opened for reading and writing and made if missing, with the folder's read and write permissions.
base::Result<base::Fd> open_spool_file(const base::Directory& folder, const std::string& name);

// Malformed files, for somebody to look at.
inline constexpr const char* bad_folder = ".offhook/bad";
// Moves "new/NAME" there, durably; never over another. After a failure to make it durable it is gone from new/.
base::Result<void> put_aside(const base::Directory& maildir, const std::string& path);

}  // namespace mail
