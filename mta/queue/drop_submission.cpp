// A submission into the drop directory: a queue entry without a journal, under a name that nobody can guess, because
// the directory may be searched and written by everybody but read by nobody else. The entry's header is written last: a
// file without it was never finished, and the queue manager does not take it.
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

#include "base/clock.h"
#include "base/directory.h"
#include "base/io.h"
#include "mta/mail/queue_entry.h"
#include "mta/queue/submission.h"

namespace mta {
namespace {

constexpr mode_t drop_file_mode = 0640;  // the directory is set-group-id: its group is the queue manager's
constexpr std::size_t name_octets = 16;

base::Result<std::string> unguessable_name() {
  std::array<unsigned char, name_octets> octets{};
  if (::getrandom(octets.data(), octets.size(), 0) != static_cast<ssize_t>(octets.size())) {
    return base::system_failure("get random octets");
  }
  constexpr std::string_view hex = "0123456789abcdef";
  std::string name;
  for (const unsigned char octet : octets) name += {hex[octet >> 4], hex[octet & 15]};
  return name;
}

class DropSubmission : public Submission {
 public:
  DropSubmission(base::Directory directory, std::string name, mail::EntryWriter writer)
      : directory_(std::move(directory)), name_(std::move(name)), writer_(std::move(writer)) {}
  ~DropSubmission() override {
    // Whatever happens to the unlink: without its header the file is nobody's mail.
    if (!committed_) [[maybe_unused]]
      auto removed = directory_.unlink(name_);
  }

  // The mode against the submitter's umask: the queue manager has to read it. The lock tells it, for as long as this
  // process lives, that the file is being written and was not left behind.
  QueueOutcome prepare() {
    if (::fchmod(writer_.fd().get(), drop_file_mode) == 0 && ::flock(writer_.fd().get(), LOCK_EX | LOCK_NB) == 0)
      return {};
    return queue_failure(QueueExit::queue_trouble, base::system_failure("set mode and lock in " + directory_.path()));
  }

  QueueOutcome message(std::string_view octets) override { return outcome(writer_.append_message(octets)); }

  QueueOutcome commit(std::string_view envelope) override {
    mail::EntryHeader header;
    header.birth = base::read_clock().wall_seconds;
    header.uid = ::getuid();
    if (auto r = outcome(writer_.finish(envelope, header)); !r) return r;
    if (auto r = outcome(base::sync(writer_.fd(), directory_.path())); !r) return r;
    // The directory cannot be opened for reading, so its new name is made durable with its file system.
    if (::syncfs(writer_.fd().get()) < 0) return outcome(base::system_failure("sync " + directory_.path()));
    committed_ = true;
    return {};
  }

 private:
  static QueueOutcome outcome(const base::Result<void>& result) {
    if (result) return {};
    return queue_failure(QueueExit::write_error, result.error());
  }

  base::Directory directory_;
  std::string name_;
  mail::EntryWriter writer_;
  bool committed_ = false;
};

}  // namespace

OpenedSubmission open_drop_submission(const conf::Places& places) {
  struct stat st {};
  if (::stat(places.state.c_str(), &st) < 0)
    return queue_failure(QueueExit::home_trouble, base::system_failure("state directory " + places.state));
  auto directory = base::Directory::open_unreadable(places.drop_dir());
  if (!directory) return queue_failure(QueueExit::queue_trouble, directory.error());
  const auto name = unguessable_name();
  if (!name) return queue_failure(QueueExit::queue_trouble, name.error());
  auto writer = mail::EntryWriter::create(*directory, *name, drop_file_mode);
  if (!writer) {
    const int error = writer.error().error;
    const bool full = error == ENOSPC || error == EDQUOT;
    return queue_failure(full ? QueueExit::write_error : QueueExit::queue_trouble, writer.error());
  }
  auto submission = std::make_unique<DropSubmission>(std::move(*directory), *name, std::move(*writer));
  if (auto set = submission->prepare(); !set) return tl::unexpected(set.error());
  return submission;
}

}  // namespace mta
