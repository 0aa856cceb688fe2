#include "pppctl/display.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <climits>

#include "base/log.h"
#include "base/status_line.h"
#include "pppctl/timeline.h"

namespace pppctl {
namespace {

constexpr int patience_ms = 1000;  // once, with a reader that takes nothing

}  // namespace

Display::Display(bool verbose, const Moment& start)
    : verbose_(verbose), is_terminal_(base::has_status_line()), start_(start) {}

void Display::timeline(std::string_view what, std::string_view text) {
  if (!tells_all()) return;
  write_line(timeline_line(read_moment().boot_ms - start_.boot_ms, what, base::escape(text)));
}

void Display::detail(std::string_view text) {
  if (verbose_) timeline("", text);
}

void Display::progress(std::string_view link, const Progress& progress) {
  base::show_status(progress_line(link, progress));
}

void Display::say(std::string_view text) { write_line("pppctl: " + base::escape(text)); }

// Whoever reads it may be gone, or a terminal stopped by Ctrl-S: the call goes on, and its line falls when it shall.
void Display::write_out(std::string_view bytes) {
  while (!bytes.empty()) {
    pollfd entry{STDERR_FILENO, POLLOUT, 0};
    is_stuck_ = ::poll(&entry, 1, is_stuck_ ? 0 : patience_ms) <= 0;
    if (is_stuck_) return;
    const auto n = ::write(STDERR_FILENO, bytes.data(), std::min<std::size_t>(bytes.size(), PIPE_BUF));
    if (n <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

void Display::write_line(const std::string& line) {
  base::clear_status();
  write_out(line + "\n");
}

}  // namespace pppctl
