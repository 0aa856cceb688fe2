#include "mta/qmgr/store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/io.h"
#include "base/log.h"

namespace mta {
namespace {

base::Result<base::Fd> take_lock(const base::Directory& queue) {
  auto lock = queue.open_file("lock", O_RDWR | O_CREAT, 0600);
  if (!lock) return lock.error();
  if (::flock(lock->get(), LOCK_EX | LOCK_NB) < 0) {
    const int error = errno;
    constexpr std::size_t max_lock_text = 64;
    auto holder = base::read_all(*lock, max_lock_text, "lock");
    while (holder && !holder->empty() && holder->back() == '\n') holder->pop_back();
    return base::Failure{base::FailureKind::temporary,
                         "queue " + queue.path() + " belongs to the queue manager with pid " + (holder ? *holder : "?"),
                         error};
  }
  // Who holds it is for people: when the disk is full the lock counts all the same.
  const std::string text = std::to_string(::getpid()) + "\n";
  if (::ftruncate(lock->get(), 0) == 0) [[maybe_unused]]
    auto written = base::write_all_at(*lock, text, 0);
  return lock;
}

bool room_left(const base::Directory& queue) {
  struct statvfs fs {};
  if (::fstatvfs(queue.fd().get(), &fs) < 0) return true;  // the write itself will tell
  return static_cast<std::uint64_t>(fs.f_bavail) * fs.f_frsize >= reserved_bytes &&
         (fs.f_files == 0 || fs.f_favail > 16);
}

}  // namespace

base::Result<Store> Store::open(const std::string& queue_dir) {
  if (auto made = base::make_path(queue_dir, 0755); !made) return made.error();
  if (::chmod(queue_dir.c_str(), 0700) < 0) return base::system_failure("set mode of " + queue_dir);
  auto queue = base::Directory::open(queue_dir);
  if (!queue) return queue.error();
  for (const auto* part : {"tmp", "new"}) {
    if (auto made = queue->make(part, 0700); !made) return made.error();
  }
  // A queue that a power cut forgets is mail lost, and who made it may have been stopped before he came to this.
  for (const auto* part : {".", ".."}) {
    if (auto synced = queue->sync(part); !synced) return synced.error();
  }
  auto lock = take_lock(*queue);
  if (!lock) return lock.error();
  const auto left = queue->list("tmp");
  if (!left) return left.error();
  for (const auto& name : *left) {
    // Nothing in tmp/ was ever acknowledged.
    if (auto removed = queue->unlink("tmp/" + name); !removed) base::log(base::Level::warning, removed.error().text);
  }
  return Store(std::move(*queue), std::move(*lock));
}

std::string Store::fresh_id(const base::ClockReading& now) const {
  for (;;) {
    std::uint32_t random = 0;
    if (::getrandom(&random, sizeof random, 0) != sizeof random)
      random = static_cast<std::uint32_t>(now.wall_microseconds);
    std::array<char, 48> text{};
    std::snprintf(text.data(), text.size(), "%lld-%08x", static_cast<long long>(now.wall_seconds), random);
    if (!queue_.exists(std::string("tmp/") + text.data()) && !has(text.data())) return text.data();
  }
}

base::Result<std::vector<std::string>> Store::ids() const {
  auto names = queue_.list("new");
  if (!names) return names.error();
  std::sort(names->begin(), names->end());
  return names;
}

base::Result<mail::EntryWriter> Store::create(const std::string& id) const {
  if (!room_left(queue_)) return base::system_failure("write " + queue_.path() + "/tmp/" + id, ENOSPC);
  return mail::EntryWriter::create(queue_, "tmp/" + id, 0600);
}

base::Result<void> Store::sync_file(const mail::EntryWriter& writer, const std::string& id) const {
  return base::sync(writer.fd(), queue_.path() + "/tmp/" + id);
}

base::Result<void> Store::publish(const std::string& id) const { return queue_.rename_new("tmp/" + id, "new/" + id); }

void Store::discard(const std::string& id) const {
  if (auto removed = queue_.unlink("tmp/" + id); !removed && removed.error().error != ENOENT) {
    base::log(base::Level::warning, removed.error().text);
  }
}

base::Result<void> Store::remove(const std::string& id) const {
  auto removed = queue_.unlink("new/" + id);
  if (!removed && removed.error().error == ENOENT) return {};
  return removed;
}

}  // namespace mta
