#include "pppctl/display.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <climits>

#include "base/log.h"
#include "pppctl/timeline.h"

namespace pppctl {
namespace {

constexpr std::size_t usual_width = 80;
constexpr int patience_ms = 1000;  // once, with a reader that takes nothing

std::size_t terminal_width() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col < 2) return usual_width;
  return size.ws_col;
}

}  // namespace

Display::Display(bool verbose, const Moment& start)
    : verbose_(verbose), is_terminal_(::isatty(STDERR_FILENO) == 1), start_(start) {}

void Display::timeline(std::string_view what, std::string_view text) {
  if (!tells_all()) return;
  write_line(timeline_line(read_moment().boot_ms - start_.boot_ms, what, base::escape(text)));
}

void Display::detail(std::string_view text) {
  if (verbose_) timeline("", text);
}

void Display::progress(std::string_view link, const Progress& progress) {
  if (!is_terminal_) return;
  // The last column stays free: some terminals begin a new line behind it.
  auto line = progress_line(link, progress, terminal_width() - 1);
  const auto width = line.size();
  if (width < progress_width_) line.append(progress_width_ - width, ' ');
  progress_width_ = width;
  write_out("\r" + line);
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
  std::string bytes;
  if (progress_width_ > 0) bytes = "\r" + std::string(progress_width_, ' ') + "\r";
  progress_width_ = 0;
  write_out(bytes + line + "\n");
}

}  // namespace pppctl
