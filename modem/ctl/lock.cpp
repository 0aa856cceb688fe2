#include "modem/lock.h"

#include <signal.h>

#include <cerrno>
#include <iostream>

#include "base/child.h"
#include "base/log.h"
#include "base/stop_signals.h"
#include "modem/ctl/commands.h"
#include "modem/ctl/target.h"

namespace modem {
namespace {

// For the program to end by itself once a signal came.
constexpr std::chrono::seconds grace{10};

// Our own signal is the program's too.
base::Result<std::optional<base::ChildEnd>> wait_for(base::Child& child, base::StopSignals& stop) {
  const auto ready = base::wait_ready(child.end_event(), base::Interest::read, {}, &stop);
  if (ready) return child.wait();
  if (ready.error().error != EINTR) return ready.error();
  if (auto told = child.signal(stop.first()); !told) return told.error();
  return child.wait(base::Deadline::after(grace));
}

base::Result<int> run_locked(PortLock lock, const CtlOptions& options) {
  auto stop = base::StopSignals::watch();
  if (!stop) return stop.error();
  base::Result<std::optional<base::ChildEnd>> end = std::optional<base::ChildEnd>();
  {
    base::ChildOptions order;
    order.argv = options.words;
    order.die_with_parent = true;
    auto child = base::Child::start(order);
    if (!child) return base::permanent(child.error().text);
    end = wait_for(*child, *stop);
  }
  if (auto released = lock.release(); !released) return released.error();
  if (!end) return end.error();
  if (*end && (*end)->exited) return (*end)->status;
  return base::temporary(options.words.front() + (*end ? " was ended by signal " + std::to_string((*end)->status)
                                                       : " did not end and was killed"));
}

}  // namespace

base::Result<int> lock_command(const CtlOptions& options) {
  const auto port = find_port(options.target);
  if (!port) return port.error();
  if (port->port.starts_with("fd:")) return base::permanent("lock " + port->port + ": whoever opened it has locked it");
  if (options.pid && ::kill(*options.pid, 0) < 0 && errno == ESRCH)
    return base::permanent("lock: there is no process " + std::to_string(*options.pid));
  auto lock = PortLock::take(port->lock_dir, port->port, "modemctl");
  if (!lock) return lock.error();
  if (!options.pid) return run_locked(std::move(*lock), options);
  if (auto given = lock->give_to(*options.pid); !given) return given.error();
  return 0;
}

base::Result<void> unlock_command(const CtlOptions& options) {
  const auto port = find_port(options.target);
  if (!port) return port.error();
  const auto removed = remove_lock(port->lock_dir, port->port, {.force = options.force, .given_to = options.pid});
  if (!removed) return removed.error();
  for (const auto& file : *removed) std::cout << "removed " << base::escape(file) << '\n';
  if (removed->empty()) std::cout << base::escape(port->port) << " is not locked\n";
  return {};
}

}  // namespace modem
