#include "pppctl/link_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "base/directory.h"
#include "base/io.h"
#include "conf/text.h"

namespace pppctl {
namespace {

constexpr std::size_t max_pid_bytes = 32;

std::string link_path(const conf::Places& places, const std::string& link) {
  return places.run + "/session-" + link + ".lock";
}

std::optional<pid_t> written_pid(const base::Fd& file, const std::string& path) {
  const auto text = base::read_all(file, max_pid_bytes, path);
  const auto pid = text ? conf::decimal(conf::without_trailing_blanks(*text)) : std::optional<std::uint64_t>();
  return pid ? static_cast<pid_t>(*pid) : std::optional<pid_t>();
}

base::Result<base::Fd> lock(const conf::Places& places, const std::string& path, const std::string& what) {
  if (auto made = base::make_path(places.run, 0755); !made) return made.error();
  auto file = base::open_file(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0644);
  if (!file) return file.error();
  if (::flock(file->get(), LOCK_EX | LOCK_NB) < 0) {
    const int error = errno;
    if (error != EWOULDBLOCK) return base::system_failure("lock " + path, error);
    const auto pid = written_pid(*file, path);
    const std::string holder = pid ? "pppctl (pid " + std::to_string(*pid) + ")" : "another pppctl";
    return base::Failure{base::FailureKind::temporary, holder + what, EBUSY};
  }
  if (::ftruncate(file->get(), 0) < 0) return base::system_failure("write " + path);
  if (auto written = base::write_all(*file, std::to_string(::getpid()) + "\n"); !written) return written.error();
  return file;
}

}  // namespace

base::Result<base::Fd> lock_link(const conf::Places& places, const std::string& link) {
  return lock(places, link_path(places, link), " is at work on this link");
}

base::Result<base::Fd> lock_daemon(const conf::Places& places) {
  return lock(places, places.run + "/daemon.lock", " is the daemon already");
}

std::optional<pid_t> link_holder(const conf::Places& places, const std::string& link) {
  const auto path = link_path(places, link);
  const auto file = base::open_file(path, O_RDONLY | O_NOFOLLOW);
  // Nobody's: what is written there is of a session that has ended.
  if (!file || ::flock(file->get(), LOCK_SH | LOCK_NB) == 0) return {};
  return written_pid(*file, path);
}

}  // namespace pppctl
