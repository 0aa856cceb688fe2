#include "serialmail/arrivals.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cstring>

namespace serialmail {
namespace {

constexpr std::size_t block_bytes = 16384;

}  // namespace

void Arrivals::watch() {
  inotify_ = base::Fd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!inotify_.valid()) return;
  // A delivery renames into new/ or, as qmail does, links: IN_CREATE is what a link gives.
  if (::inotify_add_watch(inotify_.get(), "new", IN_MOVED_TO | IN_CREATE | IN_ONLYDIR) < 0) inotify_.reset();
}

std::vector<std::string> Arrivals::take() {
  std::vector<std::string> paths;
  if (!inotify_.valid()) return paths;
  alignas(inotify_event) std::array<char, block_bytes> block;
  for (;;) {
    const auto n = ::read(inotify_.get(), block.data(), block.size());
    if (n <= 0) return paths;
    for (std::size_t at = 0; at < static_cast<std::size_t>(n);) {
      inotify_event event{};
      std::memcpy(&event, block.data() + at, sizeof event);
      const std::size_t name_at = at + sizeof event;
      if (event.len > 0 && block[name_at] != '.') paths.push_back(std::string("new/") + &block[name_at]);
      at = name_at + event.len;
    }
  }
}

}  // namespace serialmail
