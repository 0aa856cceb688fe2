#include "modem/emulator/slave_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cstring>

namespace emulator {
namespace {

constexpr std::size_t buffer_bytes = 4096;

}  // namespace

base::Result<SlaveWatch> SlaveWatch::make() {
  base::Fd fd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!fd.valid()) return base::system_failure("watch the slaves");
  return SlaveWatch(std::move(fd));
}

base::Result<int> SlaveWatch::add(const std::string& device) {
  const int watch = ::inotify_add_watch(fd_.get(), device.c_str(), IN_OPEN | IN_CLOSE_WRITE | IN_CLOSE_NOWRITE);
  if (watch < 0) return base::system_failure("watch " + device);
  slaves_[watch] = {};
  return watch;
}

void SlaveWatch::remove(int watch) {
  ::inotify_rm_watch(fd_.get(), watch);
  slaves_.erase(watch);
}

void SlaveWatch::read(const std::function<void(const Seen&)>& seen) {
  std::map<int, bool> found;
  alignas(inotify_event) std::array<char, buffer_bytes> buffer{};
  for (;;) {
    const ssize_t length = ::read(fd_.get(), buffer.data(), buffer.size());
    if (length <= 0) break;
    for (std::size_t at = 0; at + sizeof(inotify_event) <= static_cast<std::size_t>(length);) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof event);
      at += sizeof event + event.len;
      const auto one = slaves_.find(event.wd);
      if (one == slaves_.end()) continue;
      bool& reopened = found[event.wd];
      Slave& slave = one->second;
      if ((event.mask & IN_OPEN) != 0) {
        ++slave.opens;
        reopened = reopened || slave.emptied;
        slave.emptied = false;
      } else if (slave.opens > 0 && --slave.opens == 0) {
        slave.emptied = true;
      }
    }
  }
  for (const auto& [watch, reopened] : found) seen(Seen{watch, reopened});
}

}  // namespace emulator
