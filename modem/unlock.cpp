#include <algorithm>

#include "base/log.h"
#include "base/stop_signals.h"
#include "conf/port_name.h"
#include "modem/lock_file.h"
#include "modem/lock_owner.h"
#include "modem/port.h"

namespace modem {
namespace {

using namespace std::chrono_literals;

constexpr auto between_looks = 10ms;  // while another process clears the same lock away
constexpr auto removal_limit = 2000ms;

bool was_given(const base::Directory& directory, const std::string& name, const FoundLock& found,
               const LockRemoval& removal) {
  if (!removal.given_to || found.holder.pid != *removal.given_to) return false;
  const auto owner = read_owner(directory, name, found.st);
  return owner && owner->pid == found.holder.pid && owner->program == lock_giver;
}

// Empty: it may be removed.
base::Result<void> may_remove(const std::string& port, const FoundLock& found, const LockRemoval& removal) {
  if (found.holder.alive) return lock_in_use(port, found.holder);
  if (found.holder.pid == 0 && !removal.force)
    return base::permanent("lock " + found.holder.file +
                           " holds no pid: whose it is cannot be known (--force removes it)");
  return {};
}

// The invariant of a taking: what is moved is what was found without a living holder.
base::Result<void> remove_stale(const base::Directory& directory, const std::string& name, const std::string& port,
                                const LockRemoval& removal) {
  const auto deadline = base::Deadline::after(removal_limit);
  for (;;) {
    const auto found = look_at_lock(directory, name);
    if (!found) return found.error();
    if (!*found) return {};
    if (auto may = may_remove(port, **found, removal); !may) return may;
    const auto cleared = clear_stale_lock(directory, name, **found);
    if (!cleared) return cleared.error();
    if (*cleared) continue;
    if (deadline.passed()) return lock_in_use(port, (*found)->holder);
    [[maybe_unused]] const auto waited = base::pause(base::Deadline::after(between_looks), nullptr);
  }
}

base::Result<void> remove_given(const base::Directory& directory, const std::string& name) {
  forget_owner(directory, name);
  return directory.unlink(name);
}

}  // namespace

base::Result<std::vector<std::string>> remove_lock(const std::string& directory, const std::string& name,
                                                   const LockRemoval& removal) {
  const auto opened = open_lock_directory(directory);
  if (!opened) return opened.error();
  // A device that was unplugged may have left its lock behind.
  const auto device = resolve_device(name);
  const auto port = device ? *device : name;
  struct Doomed {
    std::string name;
    bool given = false;
  };
  std::vector<Doomed> doomed;
  // All are looked at before one is touched: a port that somebody has under one of its names keeps them all.
  for (const auto& file : lock_names(name, port)) {
    const auto found = look_at_lock(*opened, file);
    if (!found) return found.error();
    if (!*found) continue;
    const bool given = was_given(*opened, file, **found, removal);
    if (!given) {
      if (auto may = may_remove(port, **found, removal); !may) return may.error();
    }
    doomed.push_back({file, given});
  }
  std::vector<std::string> removed;
  for (const auto& one : doomed) {
    auto done = one.given ? remove_given(*opened, one.name) : remove_stale(*opened, one.name, port, removal);
    if (!done) return done.error();
    removed.push_back(directory + "/" + one.name);
  }
  return removed;
}

}  // namespace modem
