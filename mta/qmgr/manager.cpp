#include "mta/qmgr/manager.h"

#include <unistd.h>

#include <algorithm>

#include "base/log.h"
#include "mta/qmgr/schedule.h"

namespace mta {
namespace {

constexpr std::string_view bounce_suffix = "-b";

}  // namespace

base::Result<void> Manager::load(const std::function<bool(const std::string&)>& held) {
  const auto ids = store_.ids();
  if (!ids) return ids.error();
  for (const auto& id : *ids) {
    if (held(id)) continue;
    if (id.ends_with(bounce_suffix) && store_.has(id.substr(0, id.size() - bounce_suffix.size()))) continue;
    schedule(id, true);
  }
  return {};
}

void Manager::set_due(const std::string& id, Slot& slot, Time when) {
  if (slot.due) due_.erase({*slot.due, id});
  slot.due = when;
  due_.insert({when, id});
}

void Manager::schedule(const std::string& id, bool verify) {
  const auto now = std::chrono::steady_clock::now();
  auto& slot = slots_.try_emplace(id, Slot{std::nullopt, now, verify, std::nullopt}).first->second;
  set_due(id, slot, now);
}

void Manager::forget(const std::string& id) {
  const auto found = slots_.find(id);
  if (found == slots_.end()) return;
  if (found->second.due) due_.erase({*found->second.due, id});
  if (const auto owner = found->second.owner; owner && --owned_[*owner] == 0) owned_.erase(*owner);
  slots_.erase(found);
}

void Manager::set_owner(Slot& slot, uid_t owner) {
  if (slot.owner) return;
  slot.owner = owner;
  ++owned_[owner];
}

bool Manager::over_quota(uid_t user) const {
  if (user == 0 || user == ::getuid()) return false;
  const auto owned = owned_.find(user);
  return owned != owned_.end() && owned->second >= max_entries_per_user;
}

std::optional<std::chrono::steady_clock::time_point> Manager::next_due() const {
  if (due_.empty() || running_ >= max_running()) return std::nullopt;
  return due_.begin()->first;
}

void Manager::all_due() {
  const auto now = std::chrono::steady_clock::now();
  for (auto& [id, slot] : slots_) {
    if (slot.due) set_due(id, slot, now);
  }
}

// One thread is left for commits: nobody who hands in mail waits for a delivery.
std::size_t Manager::max_running() const { return std::max<std::size_t>(workers_.threads(), 2) - 1; }

void Manager::run_due() {
  const auto now = std::chrono::steady_clock::now();
  while (!due_.empty() && due_.begin()->first <= now && running_ < max_running())
    start_pass(std::string(due_.begin()->second));
}

void Manager::start_pass(const std::string& id) {
  Slot& slot = slots_.at(id);
  due_.erase({*slot.due, id});
  slot.due.reset();
  ++running_;
  const auto now = clock_.observe();
  auto input = std::make_shared<PassInput>(PassInput{id, slot.verify, now, clock_.floor(), ::getuid(), ::getpid()});
  auto result = std::make_shared<PassResult>();
  workers_.start([this, input, result, rules = rules_] { *result = run_pass(store_, *rules, *input); },
                 [this, id, result] { passed(id, *result); });
}

void Manager::passed(const std::string& id, const PassResult& result) {
  --running_;
  if (result.bounce_id) schedule(*result.bounce_id, false);
  switch (result.outcome) {
    case PassOutcome::damaged:
      return;  // keeps its slot without a time: reported once, kept for a person
    case PassOutcome::finished: {
      forget(id);
      // A bounce that was committed before a restart and held back by load().
      const std::string bounce_id = id + std::string(bounce_suffix);
      if (!slots_.contains(bounce_id) && store_.has(bounce_id)) schedule(bounce_id, true);
      return;
    }
    case PassOutcome::waiting: {
      Slot& slot = slots_.at(id);
      slot.verify = false;
      if (result.owner) set_owner(slot, *result.owner);
      const auto& floor = clock_.floor();
      const auto now = std::chrono::steady_clock::now();
      const auto known = std::chrono::duration_cast<std::chrono::seconds>(now - slot.known_since).count();
      const auto age = std::max<std::int64_t>(result.birth_trusted ? floor.age(result.birth) : 0, known);
      set_due(id, slot, now + std::chrono::seconds(retry_delay(age)));
      return;
    }
  }
}

void Manager::commit(const std::string& id, mail::EntryWriter writer, uid_t owner, Answer answer) {
  auto file = std::make_shared<mail::EntryWriter>(std::move(writer));
  auto synced = std::make_shared<base::Result<void>>();
  workers_.start(
      [this, id, file, synced] {
        *synced = store_.sync_file(*file, id);
        if (*synced) *synced = store_.publish(id);
      },
      [this, id, synced, owner, answer = std::move(answer)]() mutable {
        if (!*synced) {
          store_.discard(id);
          answer(*synced);
          return;
        }
        published_.push_back({id, owner, std::move(answer)});
        sync_names();
      });
}

// One sync of new/ serves all that were renamed before it began.
void Manager::sync_names() {
  if (syncing_names_ || published_.empty()) return;
  syncing_names_ = true;
  auto batch = std::make_shared<std::vector<Commit>>(std::move(published_));
  published_.clear();
  auto synced = std::make_shared<base::Result<void>>();
  workers_.start([this, synced] { *synced = store_.sync_names(); },
                 [this, batch, synced] {
                   syncing_names_ = false;
                   names_synced(*batch, *synced);
                   sync_names();
                 });
}

void Manager::names_synced(std::vector<Commit>& batch, const base::Result<void>& synced) {
  for (auto& commit : batch) {
    if (!synced) {
      // The submitter will hear "not queued" and try again: it must not be there when he does.
      if (auto removed = store_.remove(commit.id); !removed) base::log(base::Level::warning, removed.error().text);
      commit.answer(synced);
      continue;
    }
    if (!commit.answer(synced)) continue;
    schedule(commit.id, false);
    set_owner(slots_.at(commit.id), commit.owner);
  }
}

}  // namespace mta
