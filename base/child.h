// One place that forks and execs: explicit argv, environment and descriptors; never a shell.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/deadline.h"
#include "base/fd.h"
#include "base/result.h"

namespace base {

struct ChildOptions {
  std::vector<std::string> argv;                        // argv[0] is looked up on PATH when it has no slash
  std::optional<std::vector<std::string>> environment;  // NAME=VALUE; none: our own
  // (descriptor here, number there); every other descriptor above 2 is closed by close-on-exec, 0 to 2 are inherited.
  std::vector<std::pair<int, int>> descriptors;
  std::string working_directory;  // empty: ours
  std::optional<std::pair<uid_t, gid_t>> ids;
  bool die_with_parent = false;    // SIGTERM at our end (parent-death signal)
  bool own_group = false;          // a process group of its own: the terminal's Ctrl-C reaches us alone
  bool own_terminal = false;       // a session of its own, with descriptor 0 for its controlling terminal
  bool no_new_privileges = false;  // never where a set-uid pppd is started
};

// How a child ended: a status, or the signal that killed it.
struct ChildEnd {
  bool exited = false;
  int status = 0;  // exit status, or the signal's number
};

class Child {
 public:
  // Returns once the exec succeeded; a program that cannot be run is a failure here (error from exec).
  static Result<Child> start(const ChildOptions& options);

  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();  // still running: SIGTERM, at most two seconds, SIGKILL, reaped

  [[nodiscard]] const Fd& end_event() const { return pidfd_; }  // readable when the child has ended
  [[nodiscard]] pid_t pid() const { return pid_; }
  // Empty optional: the deadline passed. Once it has given an end, the child is gone and must not be waited for again.
  Result<std::optional<ChildEnd>> wait(const Deadline& deadline = {});
  Result<void> signal(int number) const;

 private:
  Child(pid_t pid, Fd pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}
  void finish();

  pid_t pid_ = -1;  // -1: reaped or moved from
  Fd pidfd_;
};

// Replaces this process by the program; returns only on failure. PATH is searched when argv[0] has no slash.
Failure replace_process(const std::vector<std::string>& argv);

// The folder that this program was started from, where its sisters are; "NAME" alone is returned when it is not there.
std::string sibling_program(const std::string& name);

}  // namespace base
