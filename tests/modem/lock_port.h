// What the tests of port locks share: a port to lock, and processes that hold locks.
#pragma once

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <ctime>
#include <string>
#include <string_view>

#include "modem/lock.h"
#include "tests/modem/pty.h"

namespace modem_tests {

inline constexpr uid_t nobody = 65534;

inline std::string hdb(pid_t pid) {
  auto digits = std::to_string(pid);
  return std::string(10 - digits.size(), ' ') + digits + "\n";
}

// A pid that was somebody's a moment ago.
inline pid_t dead_pid() {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  REQUIRE(::waitpid(child, nullptr, 0) == child);
  return child;
}

// A process that lives as long as this object.
class Sleeper {
 public:
  Sleeper() : pid_(::fork()) {
    if (pid_ == 0) {
      for (;;) ::pause();
    }
  }
  ~Sleeper() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_;
};

inline void age(const std::string& file, time_t seconds) {
  const timespec when{::time(nullptr) - seconds, 0};
  const std::array<timespec, 2> times{when, when};
  REQUIRE(::utimensat(AT_FDCWD, file.c_str(), times.data(), 0) == 0);
}

// A port with a name that is a plain file's: a lock asks for no more.
struct Port {
  Folder devices;
  Folder locks;
  std::string name = devices.path() + "/ttyX7";
  std::string lock = locks.path() + "/LCK..ttyX7";

  Port() { devices.write("ttyX7", ""); }
  void locked_with(std::string_view bytes) const { locks.write("LCK..ttyX7", bytes); }
  [[nodiscard]] base::Result<modem::PortLock> take() const { return modem::PortLock::take(locks.path(), name, "test"); }
  [[nodiscard]] base::Failure refused() const {
    const auto taken = take();
    REQUIRE_FALSE(taken);
    CHECK(taken.error().text.find('\n') == std::string::npos);
    return taken.error();
  }
};

// Runs it in a process of its own; its result is the exit status.
template <class Body>
int in_child(Body body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// Two users are needed.
inline bool is_root() {
  if (::geteuid() == 0) return true;
  WARN("not run: only root can become another user");
  return false;
}

inline bool become_nobody() {
  return ::setgroups(0, nullptr) == 0 && ::setresgid(nobody, nobody, nobody) == 0 &&
         ::setresuid(nobody, nobody, nobody) == 0;
}

}  // namespace modem_tests
