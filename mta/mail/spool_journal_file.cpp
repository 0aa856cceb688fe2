// The journal's file: locking, appending, compaction.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <set>

#include "base/io.h"
#include "mta/mail/maildir_scan.h"
#include "mta/mail/spool_journal.h"

namespace mail {
namespace {

constexpr const char* journal_name = "journal";
constexpr const char* lock_name = "journal.lock";
constexpr mode_t folder_bits = 07770;
constexpr mode_t file_bits = 0660;

base::Result<std::string> read_from(const base::Fd& file, std::uint64_t offset) {
  const auto size = base::file_size(file, journal_name);
  if (!size) return size.error();
  if (*size > offset + max_journal_bytes) return base::temporary("the spool journal is longer than it can be");
  std::string text(offset < *size ? *size - offset : 0, '\0');
  std::size_t got = 0;
  while (got < text.size()) {
    const auto n = base::read_at(file, std::span(text).subspan(got), offset + got);
    if (!n) return n.error();
    if (*n == 0) break;
    got += *n;
  }
  text.resize(got);
  return text;
}

std::set<std::string, std::less<>> names_with_files(const base::Directory& maildir, base::Result<void>& done) {
  std::set<std::string, std::less<>> names;
  // tmp/ too: a record may be written before its file is moved into new/.
  for (const char* folder : {"tmp", "new", "cur"}) {
    const auto listed = maildir.list(folder);
    if (!listed) {
      if (listed.error().error == ENOENT) continue;
      done = listed.error();
      return names;
    }
    for (const auto& name : *listed) names.emplace(unique_name(name));
  }
  return names;
}

// For the same users as the folder that it is in.
base::Result<base::Directory> make_below(const base::Directory& parent, const char* name) {
  auto folder = parent.sub(name);
  if (folder || folder.error().error != ENOENT) return folder;
  const auto own = parent.stat(".");
  if (!own) return own.error();
  if (auto made = parent.make(name, own->st_mode & folder_bits); !made) return made.error();
  folder = parent.sub(name);
  if (!folder) return folder;
  // The umask may have taken the group's permissions away. Failing that, other users of the spool go without a journal.
  [[maybe_unused]] const int mode = ::fchmod(folder->fd().get(), own->st_mode & folder_bits);
  if (auto synced = parent.sync(); !synced) return synced.error();
  return folder;
}

}  // namespace

base::Result<base::Directory> make_spool_folder(const base::Directory& maildir) {
  return make_below(maildir, spool_folder);
}

base::Result<void> put_aside(const base::Directory& maildir, const std::string& path) {
  const auto folder = make_spool_folder(maildir);
  if (!folder) return folder.error();
  if (auto bad = make_below(*folder, "bad"); !bad) return bad.error();
  const auto slash = path.find('/');
  if (auto moved = maildir.rename_new(path, bad_folder + path.substr(slash)); !moved) return moved;
  // A power cut before both are durable leaves it in one of the folders, or in both.
  if (auto synced = maildir.sync(bad_folder); !synced) return synced;
  return maildir.sync(path.substr(0, slash));
}

base::Result<base::Fd> open_spool_file(const base::Directory& folder, const std::string& name) {
  auto file = folder.open_file(name, O_RDWR | O_NOFOLLOW);
  if (file || file.error().error != ENOENT) return file;
  const auto own = folder.stat(".");
  if (!own) return own.error();
  const mode_t mode = own->st_mode & file_bits;
  file = folder.open_file(name, O_RDWR | O_CREAT | O_NOFOLLOW, mode);
  if (!file) return file;
  [[maybe_unused]] const int changed = ::fchmod(file->get(), mode);  // against the umask, as above
  if (auto synced = folder.sync(); !synced) return synced.error();
  return file;
}

// Held while it lives; taken before the journal is opened.
class SpoolJournal::Lock {
 public:
  static base::Result<Lock> take(const base::Directory& folder) {
    auto file = open_spool_file(folder, lock_name);
    // A reader's permission is enough to hold a lock.
    if (!file) file = folder.open_file(lock_name, O_RDONLY | O_NOFOLLOW);
    if (!file) return file.error();
    while (::flock(file->get(), LOCK_EX) < 0) {
      if (errno != EINTR) return base::system_failure("lock the spool journal");
    }
    return Lock(std::move(*file));
  }

 private:
  explicit Lock(base::Fd file) : file_(std::move(file)) {}
  base::Fd file_;
};

base::Result<SpoolHistory> SpoolJournal::read(const std::function<bool(std::string_view)>& wanted) {
  const auto folder = maildir_.sub(spool_folder);
  if (!folder) return folder.error().error == ENOENT ? base::Result<SpoolHistory>(SpoolHistory()) : folder.error();
  // The lock file is made before the journal: without it there is none.
  if (!folder->exists(journal_name)) return SpoolHistory();
  const auto lock = Lock::take(*folder);
  if (!lock) return lock.error();
  const auto file = folder->open_file(journal_name, O_RDONLY | O_NOFOLLOW);
  if (!file) return file.error();
  const auto text = read_from(*file, 0);
  if (!text) return text.error();
  SpoolHistory history;
  each_record(*text, [&](const Fields& record) {
    if (record.size() > 1 && (!wanted || wanted(record[1]))) history.take(record);
  });
  return history;
}

// Whether something stands behind the last whole record.
base::Result<bool> SpoolJournal::find_end(const base::Fd& journal) {
  struct stat now {};
  struct stat before {};
  if (::fstat(journal.get(), &now) < 0) return base::system_failure("stat the spool journal");
  const bool is_same = last_.valid() && ::fstat(last_.get(), &before) == 0 && before.st_ino == now.st_ino &&
                       before.st_dev == now.st_dev && static_cast<std::uint64_t>(now.st_size) >= good_bytes_;
  if (!is_same) {
    good_bytes_ = 0;
    last_ = base::Fd(::fcntl(journal.get(), F_DUPFD_CLOEXEC, 0));
  }
  const auto tail = read_from(journal, good_bytes_);
  if (!tail) return tail.error();
  const auto good = each_record(*tail, [](const Fields&) {});
  good_bytes_ += good;
  return good < tail->size();
}

base::Result<void> SpoolJournal::append(const std::vector<Fields>& records) {
  if (records.empty()) return {};
  const auto folder = make_spool_folder(maildir_);
  if (!folder) return folder.error();
  const auto lock = Lock::take(*folder);
  if (!lock) return lock.error();
  auto file = open_spool_file(*folder, journal_name);
  if (!file) return file.error();
  const auto is_torn = find_end(*file);
  if (!is_torn) return is_torn.error();
  std::string text;
  for (const auto& record : records) text += format_record(record);
  const std::string name = folder->path() + "/" + journal_name;
  const auto cut = [&]() -> base::Result<void> {
    if (::ftruncate(file->get(), static_cast<off_t>(good_bytes_)) < 0) return base::system_failure("truncate " + name);
    return {};
  };
  // What a crash left half-written has to go: everything behind it would be ignored with it.
  if (*is_torn) {
    if (auto done = cut(); !done) return done;
  }
  if (auto written = base::write_all_at(*file, text, good_bytes_); !written) {
    [[maybe_unused]] const auto undone = cut();
    return base::system_failure("write " + name, written.error().error);
  }
  if (auto synced = base::sync(*file, name); !synced) return synced;
  good_bytes_ += text.size();
  return base::close(std::move(*file), name);
}

base::Result<void> SpoolJournal::compact() {
  const auto folder = maildir_.sub(spool_folder);
  if (!folder) return folder.error().error == ENOENT ? base::Result<void>() : folder.error();
  if (!folder->exists(journal_name)) return {};
  const auto lock = Lock::take(*folder);
  if (!lock) return lock.error();
  const auto file = folder->open_file(journal_name, O_RDONLY | O_NOFOLLOW);
  if (!file) return file.error();
  const auto size = base::file_size(*file, journal_name);
  if (!size) return size.error();
  if (*size > max_journal_bytes) return base::replace_file(*folder, journal_name, "", file_bits);
  const auto text = read_from(*file, 0);
  if (!text) return text.error();
  base::Result<void> listed;
  const auto names = names_with_files(maildir_, listed);
  if (!listed) return listed;
  const auto old = parse_records(*text);
  const auto kept = compact_records(old.records, [&](std::string_view name) { return names.contains(name); });
  if (kept.size() == old.records.size()) return {};
  std::string fresh;
  for (const auto& record : kept) fresh += format_record(record);
  const auto own = folder->stat(journal_name);
  if (!own) return own.error();
  if (auto replaced = base::replace_file(*folder, journal_name, fresh, own->st_mode & file_bits); !replaced)
    return replaced;
  const auto replacement = folder->open_file(journal_name, O_RDONLY | O_NOFOLLOW);
  // Against the umask: the spool's other users write here too.
  if (replacement) [[maybe_unused]]
    const int changed = ::fchmod(replacement->get(), own->st_mode & file_bits);
  return {};
}

}  // namespace mail
