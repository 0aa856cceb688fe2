#include "base/status_line.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <string>

namespace base {
namespace {

constexpr std::size_t usual_width = 80;

std::size_t terminal_width() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col < 2) return usual_width;
  return size.ws_col;
}

// Of the line that stands there; logs are written by other threads too.
std::atomic<std::size_t>& standing_width() {
  static std::atomic<std::size_t> width = 0;
  return width;
}

bool write_at_once(const std::string& bytes) {
  pollfd entry{STDERR_FILENO, POLLOUT, 0};
  if (::poll(&entry, 1, 0) <= 0 || (entry.revents & POLLOUT) == 0) return false;
  return ::write(STDERR_FILENO, bytes.data(), bytes.size()) > 0;
}

}  // namespace

bool has_status_line() { return ::isatty(STDERR_FILENO) == 1; }

void show_status(std::string_view text) {
  if (!has_status_line()) return;
  // The last column stays free: some terminals begin a new line behind it.
  std::string line(text.substr(0, terminal_width() - 1));
  const auto width = line.size();
  line.append(standing_width() - std::min<std::size_t>(width, standing_width()), ' ');
  if (write_at_once("\r" + line)) standing_width() = width;
}

void clear_status() {
  const std::size_t width = standing_width().exchange(0);
  if (width > 0) write_at_once("\r" + std::string(width, ' ') + "\r");
}

}  // namespace base
