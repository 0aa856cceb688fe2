#include "pppctl/ppp/pppd_note.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <charconv>

#include "base/clock.h"
#include "base/directory.h"
#include "conf/text.h"
#include "pppctl/ppp/pppd_options.h"

namespace pppctl::ppp {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t max_note_bytes = 4096;
constexpr milliseconds to_die{2000};  // from SIGKILL
constexpr milliseconds look_often{20};

std::string note_name(const std::string& link) { return link_name(link) + ".pppd"; }

std::optional<std::uint64_t> number_in(std::string_view word) { return conf::decimal(word); }

std::optional<ProcessId> our_note(const std::string& run_dir, const std::string& link) {
  const auto text = base::read_file(run_dir + "/" + note_name(link), max_note_bytes);
  if (!text) return {};
  const auto words = conf::words_of(conf::without_trailing_blanks(std::string_view(*text).substr(0, text->find('\n'))));
  if (words.size() != 3) return {};
  const auto pid = number_in(words[0]);
  const auto ticks = number_in(words[1]);
  if (!pid || !ticks) return {};
  return ProcessId{static_cast<std::int64_t>(*pid), *ticks, std::string(words[2])};
}

// pppd's own, by our link's name: what was started and not noted any more.
std::optional<ProcessId> its_note(const std::string& link) {
  const auto text = base::read_file("/run/ppp-" + link_name(link) + ".pid", max_note_bytes);
  if (!text) return {};
  const auto pid = number_in(std::string_view(*text).substr(0, text->find('\n')));
  if (!pid) return {};
  const auto name = base::read_file("/proc/" + std::to_string(*pid) + "/comm", max_note_bytes);
  if (!name || *name != "pppd\n") return {};
  return process_of(static_cast<std::int64_t>(*pid));
}

bool ends_within(const ProcessId& process, milliseconds time) {
  const auto deadline = base::Deadline::after(time);
  while (is_alive(process)) {
    if (deadline.passed()) return false;
    [[maybe_unused]] const auto waited = base::pause(base::Deadline::after(look_often), nullptr);
  }
  return true;
}

// By a descriptor, so that the signal reaches that process or nobody.
bool tell(const base::Fd& process, int number) {
  return ::syscall(SYS_pidfd_send_signal, process.get(), number, nullptr, 0) == 0;
}

}  // namespace

base::Result<void> note_pppd(const std::string& run_dir, const std::string& link, const ProcessId& process) {
  if (auto made = base::make_path(run_dir, 0755); !made) return made;
  const auto directory = base::Directory::open(run_dir);
  if (!directory) return directory.error();
  return base::replace_file(
      *directory, note_name(link),
      std::to_string(process.pid) + " " + std::to_string(process.start_ticks) + " " + process.boot_id + "\n");
}

bool is_noted(const std::string& run_dir, const std::string& link) {
  const auto process = our_note(run_dir, link);
  return process && process->boot_id == base::boot_id();
}

bool has_pppd(const std::string& run_dir, const std::string& link) {
  const auto process = our_note(run_dir, link);
  return process && is_alive(*process);
}

void forget_pppd(const std::string& run_dir, const std::string& link) {
  base::forget_file(run_dir + "/" + note_name(link));
}

std::string end_orphan(const std::string& run_dir, const std::string& link, milliseconds grace) {
  auto process = our_note(run_dir, link);
  if (!process || !is_alive(*process)) process = its_note(link);
  if (!process || !is_alive(*process)) {
    forget_pppd(run_dir, link);
    return {};
  }
  const std::string name = "pppd (pid " + std::to_string(process->pid) + ")";
  const base::Fd handle(static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(process->pid), 0)));
  if (!handle.valid() || !is_alive(*process)) return name + " has ended";
  if (!tell(handle, SIGTERM)) return name + " cannot be told to end";
  std::string how = " was ended";
  if (!ends_within(*process, grace)) {
    tell(handle, SIGKILL);
    how = " was killed";
    if (!ends_within(*process, to_die)) return name + " does not end";
  }
  forget_pppd(run_dir, link);
  return name + how;
}

}  // namespace pppctl::ppp
