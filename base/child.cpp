#include "base/child.h"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>

#include "base/bug.h"
#include "base/io.h"

namespace base {
namespace {

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> out;
  out.reserve(words.size() + 1);
  for (const auto& word : words) out.push_back(const_cast<char*>(word.c_str()));
  out.push_back(nullptr);
  return out;
}

struct Prepared {  // everything the forked child needs, allocated before the fork
  std::vector<char*> argv;
  std::vector<char*> environment;
  const ChildOptions& options;
  int error_pipe;
  pid_t parent;
};

// A number above every target, so that moving one descriptor never overwrites another that is still to be moved.
int above_targets(const ChildOptions& options) {
  int top = 2;
  for (const auto& [from, to] : options.descriptors) top = std::max({top, from, to});
  return top + 1;
}

bool place_descriptors(const ChildOptions& options, int& error_pipe) {
  const int top = above_targets(options);
  error_pipe = ::fcntl(error_pipe, F_DUPFD_CLOEXEC, top);
  if (error_pipe < 0) return false;
  constexpr std::size_t max_descriptors = 16;
  std::array<int, max_descriptors> parked{};
  std::size_t n = 0;
  for (const auto& [from, to] : options.descriptors) {
    if (n == max_descriptors) return false;
    parked[n] = ::fcntl(from, F_DUPFD_CLOEXEC, top);
    if (parked[n] < 0) return false;
    ++n;
  }
  for (std::size_t i = 0; i < n; ++i) {
    if (::dup2(parked[i], options.descriptors[i].second) < 0) return false;
  }
  return true;
}

bool take_identity(const ChildOptions& options, pid_t parent) {
  if (options.ids) {
    const auto [uid, gid] = *options.ids;
    if (::setgroups(0, nullptr) < 0 || ::setgid(gid) < 0 || ::setuid(uid) < 0) return false;
  }
  if (options.no_new_privileges && ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return false;
  if (options.own_terminal && (::setsid() < 0 || ::ioctl(STDIN_FILENO, TIOCSCTTY, 0) < 0)) return false;
  if (options.own_group && ::setpgid(0, 0) < 0) return false;
  if (options.die_with_parent) {
    if (::prctl(PR_SET_PDEATHSIG, SIGTERM) < 0) return false;
    if (::getppid() != parent) return false;  // it died before we asked
  }
  return true;
}

// After fork: only async-signal-safe calls.
[[noreturn]] void become(Prepared& prepared) {
  const auto& options = prepared.options;
  int error_pipe = prepared.error_pipe;
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  const bool ready = place_descriptors(options, error_pipe) && take_identity(options, prepared.parent) &&
                     (options.working_directory.empty() || ::chdir(options.working_directory.c_str()) == 0);
  if (ready) ::execvpe(prepared.argv[0], prepared.argv.data(), prepared.environment.data());
  const int error = errno;
  [[maybe_unused]] const auto n = ::write(error_pipe, &error, sizeof error);
  ::_exit(111);
}

}  // namespace

Result<Child> Child::start(const ChildOptions& options) {
  if (options.argv.empty()) bug("Child: empty argv");
  auto error_pipe = make_pipe();
  if (!error_pipe) return error_pipe.error();
  Prepared prepared{pointers(options.argv), {}, options, error_pipe->write.get(), ::getpid()};
  if (options.environment) {
    prepared.environment = pointers(*options.environment);
  } else {
    for (char** variable = environ; *variable; ++variable) prepared.environment.push_back(*variable);
    prepared.environment.push_back(nullptr);
  }
  const pid_t pid = ::fork();
  if (pid < 0) return system_failure("fork");
  if (pid == 0) become(prepared);
  error_pipe->write.reset();

  Child child(pid, Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))));
  if (!child.pidfd_.valid()) return system_failure("watch child");
  int error = 0;
  std::array<char, sizeof error> bytes{};
  const auto n = read_some(error_pipe->read, bytes);
  if (n && *n == sizeof error) {
    std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(&error));
    [[maybe_unused]] auto end = child.wait();
    return system_failure("run " + options.argv[0], error);
  }
  return child;
}

Child::Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, -1)), pidfd_(std::move(other.pidfd_)) {}

Child& Child::operator=(Child&& other) noexcept {
  if (this != &other) {
    finish();
    pid_ = std::exchange(other.pid_, -1);
    pidfd_ = std::move(other.pidfd_);
  }
  return *this;
}

Child::~Child() { finish(); }

void Child::finish() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGTERM);
  const auto end = wait(Deadline::after(std::chrono::seconds(2)));
  if (end && *end) return;
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  [[maybe_unused]] auto reaped = wait();
}

Result<std::optional<ChildEnd>> Child::wait(const Deadline& deadline) {
  if (pid_ <= 0) bug("Child: waited for twice");
  const auto ready = wait_ready(pidfd_, Interest::read, deadline);
  if (!ready) return ready.error();
  if (!*ready) return std::optional<ChildEnd>();
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0) {
    if (errno != EINTR) return system_failure("wait for child");
  }
  pid_ = -1;
  pidfd_.reset();
  if (WIFEXITED(status)) return std::optional(ChildEnd{true, WEXITSTATUS(status)});
  return std::optional(ChildEnd{false, WIFSIGNALED(status) ? WTERMSIG(status) : 0});
}

Result<void> Child::signal(int number) const {
  if (pid_ <= 0) return {};
  if (::kill(pid_, number) < 0) return system_failure("signal child");
  return {};
}

Failure replace_process(const std::vector<std::string>& argv) {
  if (argv.empty()) bug("replace_process: empty argv");
  auto words = pointers(argv);
  ::signal(SIGPIPE, SIG_DFL);
  ::execvp(words[0], words.data());
  const int error = errno;
  ::signal(SIGPIPE, SIG_IGN);
  return system_failure("run " + argv[0], error);
}

std::string sibling_program(const std::string& name) {
  std::array<char, PATH_MAX> self{};
  const auto n = ::readlink("/proc/self/exe", self.data(), self.size() - 1);
  if (n <= 0) return name;
  std::string path(self.data(), static_cast<std::size_t>(n));
  path = path.substr(0, path.rfind('/') + 1) + name;
  return ::access(path.c_str(), X_OK) == 0 ? path : name;
}

}  // namespace base
