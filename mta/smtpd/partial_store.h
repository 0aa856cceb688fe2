// The folder of partial messages that mta-smtpd keeps for clients that resume (RFC 1845), and one of them in hand.
//
// What holds: octets that recall() reports are on disk; of two sessions with the same transaction only the later one
// can add to it or complete it; a transaction is recorded as accepted before anybody hears of it. What is older than
// keeping_time goes, and together the files take max_bytes at most (those that grow at the same time may pass it by
// what they add).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/directory.h"
#include "base/fd.h"
#include "base/result.h"
#include "mta/smtpd/partial_file.h"

namespace mta {

class PartialMessage;

class PartialStore {
 public:
  static constexpr std::chrono::hours keeping_time{48};  // RFC 1845 §6
  static constexpr std::size_t max_transactions = 10'000;

  // Makes the folder if it is missing.
  static base::Result<PartialStore> open(const std::string& path, std::uint64_t max_bytes);

  // What is there of the transaction, and a hand on it; now: seconds of the system clock, or 0 where it is wrong. A
  // failure with error ENOSPC: a new one of that size finds no room.
  base::Result<PartialMessage> recall(const PartialKey& key, const std::string& sender, std::uint64_t size,
                                      std::int64_t now) const;

 private:
  friend class PartialMessage;
  PartialStore(base::Directory folder, std::uint64_t max_bytes) : folder_(std::move(folder)), max_bytes_(max_bytes) {}

  struct Usage {
    std::size_t transactions = 0;
    std::uint64_t bytes = 0;
  };
  base::Result<Usage> tidy(std::int64_t now) const;

  base::Directory folder_;
  std::uint64_t max_bytes_;
};

// One transaction, held by one session. The store must outlive it.
class PartialMessage {
 public:
  [[nodiscard]] const PartialContent& content() const { return content_; }  // as it was recalled

  // The envelope is durable when this returns well. Only where nothing was there.
  base::Result<void> begin(const std::vector<std::string>& recipients);
  // The message's text, as it comes. After a failure the file is what it was before.
  base::Result<void> append(std::string_view text);
  base::Result<void> sync();

  // Keeps other sessions away until the message is let go of. A temporary failure when one of them has it by now.
  base::Result<void> claim();
  void release();
  // The whole message, piece by piece.
  base::Result<void> read(const std::function<base::Result<void>(std::string_view)>& give) const;
  // Durable when this returns well: the message was queued.
  base::Result<void> accept(const PartialContent::Accepted& accepted);
  // There is nothing to come back to.
  base::Result<void> remove();

 private:
  friend class PartialStore;
  explicit PartialMessage(const PartialStore& store) : store_(&store) {}
  base::Result<bool> is_ours() const;
  base::Result<void> take_over(const base::Fd& old);
  base::Result<void> put_in_place(const std::function<base::Result<void>()>& fill);
  base::Result<void> write(std::string_view bytes);

  const PartialStore* store_;
  std::string name_;
  PartialContent content_;
  base::Fd file_;
  std::uint64_t bytes_ = 0;  // of the file
  std::uint64_t room_ = 0;   // that it may have
  std::uint64_t unsynced_ = 0;
  std::string line_;  // the beginning of a line whose end has not come
};

}  // namespace mta
