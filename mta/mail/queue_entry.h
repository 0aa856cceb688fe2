// A queue entry: one file that holds a message, its envelope and what has become of each recipient.
//
//   header    128 octets, one line: lengths, checksum, birth, owner; written last, so a file without it was never
//   finished message   as submitted, a Received line in front envelope  F sender NUL, T recipient NUL …, NUL
//   (qmail-queue's form) journal   records (record.h), appended and synced
//
// A drop file is the same without a journal.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/directory.h"
#include "mta/mail/record.h"

namespace mail {

inline constexpr std::size_t entry_header_bytes = 128;
inline constexpr std::size_t max_envelope_bytes = 8U << 20;  // over 8,000 recipients of 1,000 octets each

struct EntryHeader {
  std::uint64_t message_bytes = 0;
  std::uint64_t envelope_bytes = 0;
  std::uint32_t checksum = 0;  // crc32 of message and envelope
  std::int64_t birth = 0;      // wall time
  bool birth_trusted = false;  // ClockFloor believed the clock then
  std::uint32_t uid = 0;       // who submitted it

  [[nodiscard]] std::uint64_t message_offset() const { return entry_header_bytes; }
  [[nodiscard]] std::uint64_t envelope_offset() const { return entry_header_bytes + message_bytes; }
  [[nodiscard]] std::uint64_t journal_offset() const { return envelope_offset() + envelope_bytes; }
};

std::string format_entry_header(const EntryHeader& header);
// Permanent failure: no header of ours, or one that was never finished.
base::Result<EntryHeader> parse_entry_header(std::string_view text);

// Writes an entry below a directory as its octets come. Nothing is synced here; what is left behind by a failure is the
// caller's to unlink.
class EntryWriter {
 public:
  static base::Result<EntryWriter> create(const base::Directory& directory, const std::string& name, mode_t mode);

  base::Result<void> append_message(std::string_view octets);
  // Writes the envelope, then the header with the lengths and the checksum filled in.
  base::Result<void> finish(std::string_view envelope, EntryHeader header);
  [[nodiscard]] const base::Fd& fd() const { return fd_; }
  [[nodiscard]] std::uint64_t message_bytes() const { return message_bytes_; }

 private:
  EntryWriter(base::Fd fd, std::string name) : fd_(std::move(fd)), name_(std::move(name)) {}

  base::Fd fd_;
  std::string name_;
  std::uint64_t message_bytes_ = 0;
  std::uint32_t checksum_ = 0;
};

enum class RecipientState { waiting, placing, done, failed };

struct Recipient {
  std::string address;
  RecipientState state = RecipientState::waiting;
  // Where it is being placed or was: a maildir and the unique name in it; recorded before the rename out of tmp/.
  std::string maildir;
  std::string unique_name;
  std::int64_t placed_at = 0;
  std::string text;  // of the last deferral or failure
};

// What the envelope and the journal say together.
struct EntryState {
  std::string sender;
  std::vector<Recipient> recipients;
  std::optional<std::int64_t> first_deferral;  // the first one at a trusted time: lifetimes count from here
  bool bounced = false;                        // the bounce for the failed ones is committed

  [[nodiscard]] bool all_settled() const;  // every recipient is done or failed
  [[nodiscard]] bool any_failed() const;
};

// The kinds of records, with their fields behind the kind. INDEX counts recipients from 0.
//   placing INDEX TIME MAILDIR NAME     done INDEX TIME     failed INDEX TIME TEXT
//   deferred INDEX TIME TRUSTED TEXT    bounced TIME
Fields placing_record(std::size_t index, std::int64_t time, const std::string& maildir, const std::string& name);
Fields done_record(std::size_t index, std::int64_t time);
Fields failed_record(std::size_t index, std::int64_t time, const std::string& text);
Fields deferred_record(std::size_t index, std::int64_t time, bool trusted, const std::string& text);
Fields bounced_record(std::int64_t time);

// Takes the records in order; one of an unknown kind or with a bad index is passed over (a later version's).
base::Result<EntryState> read_entry_state(std::string_view envelope, const std::vector<Fields>& records);
void apply_record(EntryState& state, const Fields& record);

// An entry that was read from its file, with the file open for more records.
class EntryFile {
 public:
  // Checks lengths and, with `verify`, the checksum. A file cut short or altered: permanent failure that names it.
  static base::Result<EntryFile> open(const base::Directory& directory, const std::string& name, bool verify);

  [[nodiscard]] const EntryHeader& header() const { return header_; }
  [[nodiscard]] const EntryState& state() const { return state_; }
  [[nodiscard]] const base::Fd& fd() const { return fd_; }

  // Appends the records in one write and syncs them; a torn tail left by a crash is overwritten. After a failure the
  // file is as before for every reader, but see uncertain().
  base::Result<void> record(const std::vector<Fields>& records);
  // True when a failed record() may all the same be found on disk after a power cut: nothing that it names may be
  // undone.
  [[nodiscard]] bool uncertain() const { return uncertain_; }

 private:
  EntryFile(base::Fd fd, std::string name) : fd_(std::move(fd)), name_(std::move(name)) {}

  base::Fd fd_;
  std::string name_;
  EntryHeader header_;
  EntryState state_;
  std::uint64_t journal_end_ = 0;
  bool uncertain_ = false;
};

// Appends the entry's message to the writer's.
base::Result<void> copy_message(const EntryFile& entry, EntryWriter& writer);

// Appends the message of a file in entry format that somebody else wrote, and gives its envelope. Permanent failure
// where the contents are not what the header says or the envelope names nobody.
base::Result<std::string> copy_checked(const base::Fd& file, const EntryHeader& header, EntryWriter& writer);

}  // namespace mail
