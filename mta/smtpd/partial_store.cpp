#include "mta/smtpd/partial_store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/io.h"

namespace mta {
namespace {

// What a power cut may cost of a message that is coming; a break of the connection costs nothing.
constexpr std::uint64_t sync_every_bytes = 256UL * 1024;
constexpr int opening_attempts = 10;  // a file that is replaced while it is opened is opened anew
constexpr mode_t folder_mode = 0700;

base::Failure no_room() { return {base::FailureKind::temporary, "no room to keep a partial message", ENOSPC}; }

base::Failure busy() { return base::temporary("another session has that transaction, try again later"); }

bool is_same_file(const struct stat& a, const struct stat& b) { return a.st_dev == b.st_dev && a.st_ino == b.st_ino; }

}  // namespace

base::Result<PartialStore> PartialStore::open(const std::string& path, std::uint64_t max_bytes) {
  auto folder = base::Directory::open(path);
  if (!folder && folder.error().error == ENOENT) {
    if (auto made = base::make_path(path, folder_mode); !made) return made.error();
    folder = base::Directory::open(path);
  }
  if (!folder) return folder.error();
  return PartialStore(std::move(*folder), max_bytes);
}

base::Result<PartialStore::Usage> PartialStore::tidy(std::int64_t now) const {
  const auto names = folder_.list();
  if (!names) return names.error();
  Usage usage;
  for (const auto& name : *names) {
    const auto st = folder_.stat(name);
    if (!st) continue;  // its session has just removed it
    if (st->st_mtime + std::chrono::seconds(keeping_time).count() < now) {
      [[maybe_unused]] const auto gone = folder_.unlink(name);
      continue;
    }
    ++usage.transactions;
    usage.bytes += static_cast<std::uint64_t>(st->st_size);
  }
  return usage;
}

base::Result<PartialMessage> PartialStore::recall(const PartialKey& key, const std::string& sender, std::uint64_t size,
                                                  std::int64_t now) const {
  const auto usage = tidy(now);
  if (!usage) return usage.error();
  PartialMessage message(*this);
  message.name_ = partial_name(key);
  for (int attempt = 0; attempt < opening_attempts; ++attempt) {
    const auto file = folder_.open_file(message.name_, O_RDWR | O_NOFOLLOW);
    if (!file && file.error().error != ENOENT) return file.error();
    if (!file) break;
    if (::flock(file->get(), LOCK_EX | LOCK_NB) < 0) return busy();
    struct stat held {};
    if (::fstat(file->get(), &held) < 0) return base::system_failure("stat " + message.name_);
    const auto there = folder_.stat(message.name_);
    if (!there || !is_same_file(*there, held)) continue;
    auto content = read_partial(*file);
    if (!content) return content.error();
    if (content->is_begun) {
      if (!(content->envelope.key == key) || content->envelope.sender != sender) {
        return base::permanent("that TRANSID is another transaction's");
      }
      message.content_ = std::move(*content);
      const auto own = std::min<std::uint64_t>(usage->bytes, static_cast<std::uint64_t>(held.st_size));
      message.room_ = max_bytes_ - std::min(max_bytes_, usage->bytes - own);
      if (message.content_.accepted) return message;
      if (auto taken = message.take_over(*file); !taken) return taken.error();
      return message;
    }
    break;  // a crash left less than an envelope
  }
  if (usage->transactions >= max_transactions || size > max_bytes_ - std::min(max_bytes_, usage->bytes))
    return no_room();
  message.room_ = max_bytes_ - usage->bytes;
  message.content_.envelope = {key, sender, {}};
  return message;
}

// A file of our own in place of the old one, whose session may still be there: what it adds goes nowhere.
base::Result<void> PartialMessage::take_over(const base::Fd& old) {
  return put_in_place([&]() -> base::Result<void> {
    // That session may have added to it since it was looked at: what counts is what was copied.
    auto again = read_partial(old, [this](std::string_view text) { return append(text); });
    if (!again) return again.error();
    content_ = std::move(*again);
    return {};
  });
}

base::Result<void> PartialMessage::begin(const std::vector<std::string>& recipients) {
  content_.envelope.recipients = recipients;
  return put_in_place([] { return base::Result<void>(); });
}

// A new file with the envelope and what fill adds. Durable when this returns well.
base::Result<void> PartialMessage::put_in_place(const std::function<base::Result<void>()>& fill) {
  const auto& folder = store_->folder_;
  const auto fresh = name_ + "." + std::to_string(::getpid());
  [[maybe_unused]] const auto stale = folder.unlink(fresh);
  auto file = folder.create_exclusive(fresh);
  if (!file) return file.error();
  file_ = std::move(*file);
  const auto placed = [&]() -> base::Result<void> {
    if (auto written = write(partial_head(content_.envelope)); !written) return written;
    if (auto filled = fill(); !filled) return filled;
    if (auto synced = sync(); !synced) return synced;
    if (auto renamed = folder.rename(fresh, name_); !renamed) return renamed;
    return folder.sync();
  }();
  if (!placed) [[maybe_unused]]
    const auto gone = folder.unlink(fresh);
  return placed;
}

// Text goes to the file by whole lines, so that a message can be gone on with wherever it breaks off.
base::Result<void> PartialMessage::append(std::string_view text) {
  line_ += text;
  const auto end = line_.rfind('\n') + 1;  // npos + 1 is 0
  const auto ready = end > 0 ? end : (line_.size() >= partial_piece_bytes ? line_.size() : 0);
  const auto out = line_.substr(0, ready);
  line_.erase(0, ready);
  for (std::size_t from = 0; from < out.size(); from += partial_piece_bytes) {
    if (auto written = write(partial_text(std::string_view(out).substr(from, partial_piece_bytes))); !written) {
      return written;
    }
  }
  return unsynced_ >= sync_every_bytes ? sync() : base::Result<void>();
}

base::Result<void> PartialMessage::write(std::string_view bytes) {
  if (bytes.size() > room_ || bytes_ > room_ - bytes.size()) return no_room();
  if (auto written = base::write_all_at(file_, bytes, bytes_); !written) {
    [[maybe_unused]] const int undone = ::ftruncate(file_.get(), static_cast<off_t>(bytes_));
    if (written.error().error == ENOSPC || written.error().error == EDQUOT) return no_room();
    return base::system_failure("write a partial message", written.error().error);
  }
  bytes_ += bytes.size();
  unsynced_ += bytes.size();
  return {};
}

base::Result<void> PartialMessage::sync() {
  unsynced_ = 0;
  return file_.valid() ? base::sync(file_, name_) : base::Result<void>();
}

base::Result<bool> PartialMessage::is_ours() const {
  struct stat held {};
  if (::fstat(file_.get(), &held) < 0) return base::system_failure("stat " + name_);
  const auto there = store_->folder_.stat(name_);
  return there && is_same_file(*there, held);
}

base::Result<void> PartialMessage::claim() {
  if (::flock(file_.get(), LOCK_EX | LOCK_NB) < 0) return busy();
  const auto ours = is_ours();
  if (!ours) return ours.error();
  return *ours ? base::Result<void>() : base::Result<void>(busy());
}

void PartialMessage::release() { [[maybe_unused]] const int unlocked = ::flock(file_.get(), LOCK_UN); }

base::Result<void> PartialMessage::read(const std::function<base::Result<void>(std::string_view)>& give) const {
  const auto content = read_partial(file_, give);
  if (!content) return content.error();
  if (content->good_bytes != bytes_) return base::temporary("a partial message is not what was written");
  return {};
}

base::Result<void> PartialMessage::accept(const PartialContent::Accepted& accepted) {
  PartialEnvelope envelope = content_.envelope;
  envelope.recipients.clear();  // they are of no use any more
  return base::replace_file(store_->folder_, name_, partial_head(envelope) + partial_accepted(accepted), 0600);
}

base::Result<void> PartialMessage::remove() {
  if (!file_.valid()) return {};
  const auto ours = is_ours();
  if (!ours) return ours.error();
  return *ours ? store_->folder_.unlink(name_) : base::Result<void>();
}

}  // namespace mta
