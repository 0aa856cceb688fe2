// The queue on disk: queue/tmp and queue/new below the state folder, one file an entry. This object is the only writer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/directory.h"
#include "base/result.h"
#include "mta/mail/queue_entry.h"

namespace mta {

// Free space that new mail leaves for the journals of mail that is already accepted.
inline constexpr std::uint64_t reserved_bytes = 4U << 20;

class Store {
 public:
  // Makes the folders where they are missing, takes queue/lock, empties queue/tmp of what a crash left there. A second
  // queue manager on the same queue: temporary failure that names the holder.
  static base::Result<Store> open(const std::string& queue_dir);

  [[nodiscard]] const base::Directory& directory() const { return queue_; }

  // An id that no entry has: seconds and random digits; letters, digits and '-'.
  [[nodiscard]] std::string fresh_id(const base::ClockReading& now) const;
  [[nodiscard]] bool has(const std::string& id) const { return queue_.exists("new/" + id); }
  [[nodiscard]] base::Result<std::vector<std::string>> ids() const;  // sorted

  // tmp/ID, to be filled. Fails with error ENOSPC when that would eat the reserve.
  [[nodiscard]] base::Result<mail::EntryWriter> create(const std::string& id) const;
  [[nodiscard]] base::Result<void> sync_file(const mail::EntryWriter& writer, const std::string& id) const;
  // tmp/ID becomes new/ID; durable only after sync_names(). An existing new/ID fails with error EEXIST.
  [[nodiscard]] base::Result<void> publish(const std::string& id) const;
  [[nodiscard]] base::Result<void> sync_names() const { return queue_.sync("new"); }
  void discard(const std::string& id) const;  // tmp/ID of a submission that came to nothing
  [[nodiscard]] base::Result<void> remove(const std::string& id) const;
  [[nodiscard]] base::Result<mail::EntryFile> entry(const std::string& id, bool verify) const {
    return mail::EntryFile::open(queue_, "new/" + id, verify);
  }

 private:
  Store(base::Directory queue, base::Fd lock) : queue_(std::move(queue)), lock_(std::move(lock)) {}

  base::Directory queue_;
  base::Fd lock_;
};

}  // namespace mta
