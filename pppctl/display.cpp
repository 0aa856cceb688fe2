#include "pppctl/display.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include "base/log.h"
#include "pppctl/timeline.h"

namespace pppctl {
namespace {

constexpr std::size_t usual_width = 80;

std::size_t terminal_width() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col < 2) return usual_width;
  return size.ws_col;
}

// Whoever reads it may be gone; the call goes on.
void write_stderr(const std::string& bytes) {
  [[maybe_unused]] const auto n = ::write(STDERR_FILENO, bytes.data(), bytes.size());
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
  write_stderr("\r" + line);
}

void Display::say(std::string_view text) { write_line("pppctl: " + base::escape(text)); }

void Display::write_line(const std::string& line) {
  std::string bytes;
  if (progress_width_ > 0) bytes = "\r" + std::string(progress_width_, ' ') + "\r";
  progress_width_ = 0;
  write_stderr(bytes + line + "\n");
}

}  // namespace pppctl
