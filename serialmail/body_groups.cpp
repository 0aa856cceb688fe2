#include "serialmail/body_groups.h"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <numeric>
#include <string>
#include <unordered_map>
#include <vector>

namespace serialmail {
namespace {

struct Group {
  std::vector<std::size_t> members;  // indices into what waits
  std::size_t name_bytes = 0;
};

std::size_t name_bytes(const Candidate& candidate) { return candidate.path.size() + 1; }

bool takes(const Group& group, std::span<const Candidate> waiting, const Candidate& candidate) {
  const auto& first = waiting[group.members.front()];
  if (first.priority != candidate.priority || first.goes_last != candidate.goes_last) return false;
  if (first.standing != candidate.standing) return false;
  if (std::abs(first.mtime_seconds - candidate.mtime_seconds) > copies_moment.count()) return false;
  if (group.members.size() >= max_copies || group.name_bytes + name_bytes(candidate) > max_copies_name_bytes)
    return false;
  return std::none_of(group.members.begin(), group.members.end(),
                      [&](std::size_t i) { return waiting[i].recipient == candidate.recipient; });
}

// The likenesses that more than one file has. Most spools have none, and then nothing has to be looked at further.
std::vector<std::uint64_t> shared_likenesses(std::span<const Candidate> waiting) {
  std::vector<std::uint64_t> all;
  all.reserve(waiting.size());
  for (const auto& candidate : waiting) {
    if (candidate.likeness != 0) all.push_back(candidate.likeness);
  }
  std::sort(all.begin(), all.end());
  std::vector<std::uint64_t> shared;
  for (auto at = std::adjacent_find(all.begin(), all.end()); at != all.end(); at = std::adjacent_find(at, all.end())) {
    shared.push_back(*at);
    at = std::upper_bound(at, all.end(), *at);
  }
  return shared;
}

}  // namespace

std::uint64_t likeness_of(std::string_view sender, std::uint64_t octets, std::string_view entry_id) {
  std::string key(sender);
  key += '\0';
  key += std::to_string(octets);
  key += '\0';
  key += entry_id;
  const std::uint64_t hash = std::hash<std::string>()(key);
  return hash == 0 ? 1 : hash;
}

void gather_copies(std::span<Candidate> waiting) {
  for (auto& candidate : waiting) candidate.follows = false;
  const auto shared = shared_likenesses(waiting);
  if (shared.empty()) return;
  std::unordered_map<std::uint64_t, Group> open;   // likeness -> the group that takes more
  std::vector<std::size_t> first(waiting.size());  // of the group of each
  bool any_follows = false;
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    first[i] = i;
    auto& candidate = waiting[i];
    if (!std::binary_search(shared.begin(), shared.end(), candidate.likeness)) continue;
    auto& group = open[candidate.likeness];
    candidate.follows = !group.members.empty() && takes(group, waiting, candidate);
    if (!candidate.follows) group = {};
    group.members.push_back(i);
    group.name_bytes += name_bytes(candidate);
    first[i] = group.members.front();
    any_follows = any_follows || candidate.follows;
  }
  if (!any_follows) return;
  std::vector<std::size_t> order(waiting.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return first[a] < first[b]; });
  const std::vector<Candidate> before(waiting.begin(), waiting.end());
  std::transform(order.begin(), order.end(), waiting.begin(), [&](auto i) { return before[i]; });
}

}  // namespace serialmail
