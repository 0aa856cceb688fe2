#include "serialmail/spool_lock.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <chrono>

#include "base/io.h"
#include "base/log.h"
#include "mta/mail/spool_journal.h"

namespace serialmail {
namespace {

constexpr const char* lock_name = "lock";
constexpr std::size_t max_holder_bytes = 200;
constexpr std::chrono::seconds orphan_patience{5};
constexpr int orphan_poll_milliseconds = 20;
// Out of the way of what a client may expect at low numbers (6 and 7 of UCSPI).
constexpr int lowest_descriptor = 10;

base::Result<base::Fd> open_lock(const base::Directory& maildir) {
  const auto folder = mail::make_spool_folder(maildir);
  if (!folder) return folder.error();
  auto file = mail::open_spool_file(*folder, lock_name);
  if (file) return file;
  auto readable = folder->open_file(lock_name, O_RDONLY | O_NOFOLLOW);
  return readable ? std::move(readable) : std::move(file);
}

std::string holder(const base::Fd& file) {
  std::array<char, max_holder_bytes> text{};
  const auto n = base::read_at(file, text, 0);
  if (!n || *n == 0) return "";
  const std::string_view line(text.data(), *n);
  return base::escape(line.substr(0, line.find('\n')));
}

// A holder that was killed leaves the lock to its client, which goes as soon as it sees that nobody listens to it.
bool has_died(const std::string& holder) {
  pid_t pid = 0;
  const auto parsed = std::from_chars(holder.data(), holder.data() + holder.size(), pid);
  return parsed.ec == std::errc() && pid > 0 && ::kill(pid, 0) < 0 && errno == ESRCH;
}

base::Result<void> take(const base::Fd& file, const std::string& path) {
  const auto patience = base::Deadline::after(orphan_patience);
  for (;;) {
    if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) return {};
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return base::system_failure("unable to lock " + path);
    const std::string who = holder(file);
    if (!has_died(who) || patience.passed()) {
      return base::temporary(path + " is being flushed by " + (who.empty() ? "another program" : who));
    }
    ::poll(nullptr, 0, orphan_poll_milliseconds);
  }
}

}  // namespace

base::Result<SpoolLock> lock_spool(const base::Directory& maildir) {
  SpoolLock lock;
  auto file = open_lock(maildir);
  const bool is_own_file = file.has_value();
  if (!is_own_file) {
    // Somebody may hold the lock where we may not look.
    if (file.error().error == EACCES || file.error().error == EPERM) {
      return base::system_failure("unable to lock " + maildir.path(), file.error().error);
    }
    // No room there. Mail can go all the same, and two flushes of this spool meet at the same place.
    lock.trouble = file.error();
    file = maildir.open_file(".", O_RDONLY | O_DIRECTORY);
    if (!file) return file.error();
  }
  if (auto taken = take(*file, maildir.path()); !taken) return taken.error();
  if (is_own_file) {
    const std::string line = std::to_string(::getpid()) + " " + std::string(base::program_name()) + "\n";
    // Only a hint for people: the lock counts without it.
    if (::ftruncate(file->get(), 0) == 0) [[maybe_unused]]
      auto noted = base::write_all_at(*file, line, 0);
  }
  lock.fd = base::Fd(::fcntl(file->get(), F_DUPFD_CLOEXEC, lowest_descriptor));
  if (!lock.fd.valid()) return base::system_failure("unable to lock " + maildir.path());
  return lock;
}

}  // namespace serialmail
