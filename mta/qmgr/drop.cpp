#include "mta/qmgr/drop.h"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "base/io.h"
#include "base/log.h"
#include "mta/mail/maildir.h"

namespace mta {
namespace {

constexpr mode_t drop_mode = 03733;
constexpr std::size_t max_name_bytes = 64;

// Letters and digits alone: the id made of it can then never be that of a bounce or of a submission by the socket.
bool good_name(const std::string& name) {
  return name.size() <= max_name_bytes &&
         std::all_of(name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; });
}

std::string entry_id(const std::string& name) { return "d" + name; }

}  // namespace

base::Result<Drop> Drop::open(const std::string& path, Store& store, Manager& manager, ClockKeeper& clock) {
  if (::mkdir(path.c_str(), 0700) == 0) {
    if (::chmod(path.c_str(), drop_mode) < 0) return base::system_failure("set mode of " + path);
  } else if (errno != EEXIST) {
    return base::system_failure("make directory " + path);
  }
  auto directory = base::Directory::open(path);
  if (!directory) return directory.error();
  return Drop(std::move(*directory), store, manager, clock);
}

bool Drop::holds(const std::string& id) const { return id.starts_with('d') && directory_.exists(id.substr(1)); }

void Drop::scan() {
  const auto names = directory_.list();
  if (!names) return base::log(base::Level::warning, names.error().text);
  for (const auto& name : *names) {
    if (good_name(name)) {
      if (!under_way_.contains(name)) take(name);
    } else {
      refuse(name, "not a name that a submission has");
    }
  }
}

void Drop::refuse(const std::string& name, std::string_view why) {
  if (refused_.insert(name).second) {
    base::log(base::Level::warning,
              "drop file " + directory_.path() + "/" + base::escape(name) + ": " + std::string(why) + ", left there");
  }
}

bool Drop::remove(const std::string& name) {
  auto gone = directory_.unlink(name);
  if (gone || gone.error().error == ENOENT) gone = directory_.sync();
  if (!gone) base::log(base::Level::warning, gone.error().text);
  return gone.has_value();
}

void Drop::take(const std::string& name) {
  const std::string id = entry_id(name);
  if (store_.has(id)) {
    // Queued before a crash, or its removal failed the last time.
    if (auto synced = store_.sync_names(); synced && remove(name)) manager_.schedule(id, true);
    return;
  }
  if (auto taken = copy(name, id); !taken) {
    store_.discard(id);
    if (taken.error().kind == base::FailureKind::permanent) return refuse(name, taken.error().text);
    base::log(base::Level::warning, taken.error().text);
  }
}

base::Result<void> Drop::copy(const std::string& name, const std::string& id) {
  // O_NONBLOCK: a FIFO that somebody put there must not hold us up.
  auto file = directory_.open_file(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (!file) return file.error().error == ELOOP ? base::permanent("a symbolic link") : file.error();
  struct stat st {};
  if (::fstat(file->get(), &st) < 0) return base::system_failure("stat drop file " + name);
  if (!S_ISREG(st.st_mode) || st.st_nlink != 1) return base::permanent("not a regular file with one link");
  const auto now = clock_.observe();
  std::string head(mail::entry_header_bytes, '\0');
  const auto n = base::read_at(*file, head, 0);
  if (!n) return n.error();
  const auto header = mail::parse_entry_header(std::string_view(head).substr(0, *n));
  if (!header) {
    // Still being written, or left behind by a program that died: its lock and 36 hours tell.
    const bool is_old = clock_.floor().age(st.st_mtime) > mail::tmp_lifetime_seconds;
    if (!is_old || ::flock(file->get(), LOCK_EX | LOCK_NB) < 0) return {};
    if (remove(name)) base::log(base::Level::info, "drop file " + name + ": never finished, removed");
    return {};
  }
  if (header->journal_offset() != static_cast<std::uint64_t>(st.st_size))
    return base::permanent("its length is not what its first line says");
  if (manager_.over_quota(st.st_uid))
    return base::temporary("drop file " + name + ": user " + std::to_string(st.st_uid) + " has too much in the queue");

  auto writer = store_.create(id);
  if (!writer) return writer.error();
  const auto date = base::rfc5322_date(now.wall_seconds);
  const std::string received =
      "Received: (offhook " + id + " invoked by uid " + std::to_string(st.st_uid) + "); " + date + "\n";
  if (auto r = writer->append_message(received); !r) return r;
  auto envelope = mail::copy_checked(*file, *header, *writer);
  if (!envelope) return envelope.error();
  const bool trusted = clock_.floor().trust() == mail::ClockTrust::trusted;
  if (auto r = writer->finish(*envelope, {0, 0, 0, now.wall_seconds, trusted, st.st_uid}); !r) return r;
  under_way_.insert(name);
  base::log(base::Level::info, id + ": " + std::to_string(writer->message_bytes()) +
                                   " octets from the drop directory, uid " + std::to_string(st.st_uid));
  manager_.commit(id, std::move(*writer), st.st_uid, [this, name](const base::Result<void>& done) {
    under_way_.erase(name);
    if (!done) base::log(base::Level::warning, done.error().text);
    return done && remove(name);
  });
  return {};
}

}  // namespace mta
