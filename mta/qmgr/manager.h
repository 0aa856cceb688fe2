// The queue manager's heart: which entries there are, when each is due, and the commit of new ones. It belongs to one
// thread (the event loop's); what waits on the disk runs in Workers.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "mta/qmgr/clock_keeper.h"
#include "mta/qmgr/pass.h"
#include "mta/qmgr/store.h"
#include "mta/qmgr/workers.h"

namespace mta {

// What one user may have waiting in the queue; root and the queue manager's own user are not counted.
inline constexpr std::size_t max_entries_per_user = 20000;

class Manager {
 public:
  // Told how a commit ended; false holds the entry back, for the caller to schedule() later.
  using Answer = std::function<bool(base::Result<void>)>;

  Manager(Store& store, std::shared_ptr<const Rules> rules, Workers& workers, ClockKeeper& clock)
      : store_(store), rules_(std::move(rules)), workers_(workers), clock_(clock) {}

  // Schedules what the queue held at start, but for what is still `held` by its source. A bounce whose cause is still
  // there waits until that one has recorded it: otherwise it could go, be removed and be made a second time.
  base::Result<void> load(const std::function<bool(const std::string& id)>& held);

  // Makes a finished tmp/ID a queue entry: file synced, renamed, names synced together with those of others that wait,
  // then the answer, before the entry is first worked on. After a failure nothing is queued.
  void commit(const std::string& id, mail::EntryWriter writer, uid_t owner, Answer answer);

  // Work on an entry that is committed.
  void schedule(const std::string& id, bool verify);

  void use_rules(std::shared_ptr<const Rules> rules) { rules_ = std::move(rules); }
  void run_due();
  void all_due();
  [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> next_due() const;
  [[nodiscard]] bool over_quota(uid_t user) const;
  [[nodiscard]] bool nothing_running() const { return running_ == 0 && workers_.idle(); }
  [[nodiscard]] const Rules& rules() const { return *rules_; }

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Slot {
    std::optional<Time> due;  // none: under way, or held back
    Time known_since;
    bool verify = false;
    std::optional<uid_t> owner;  // none: found at start, not yet read
  };
  struct Commit {
    std::string id;
    uid_t owner = 0;
    Answer answer;
  };

  void start_pass(const std::string& id);
  void passed(const std::string& id, const PassResult& result);
  void sync_names();
  void names_synced(std::vector<Commit>& batch, const base::Result<void>& synced);
  void set_due(const std::string& id, Slot& slot, Time when);
  void forget(const std::string& id);
  void set_owner(Slot& slot, uid_t owner);
  [[nodiscard]] std::size_t max_running() const;

  Store& store_;
  std::shared_ptr<const Rules> rules_;
  Workers& workers_;
  ClockKeeper& clock_;
  std::map<std::string, Slot> slots_;
  std::set<std::pair<Time, std::string>> due_;
  std::map<uid_t, std::size_t> owned_;
  std::vector<Commit> published_;  // renamed, their names not yet synced
  bool syncing_names_ = false;
  std::size_t running_ = 0;
};

}  // namespace mta
