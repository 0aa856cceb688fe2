#include "serialmail/flush_books.h"

#include <algorithm>

#include "serialmail/result_stream.h"

namespace serialmail {

std::string_view word(Outcome outcome) {
  switch (outcome) {
    case Outcome::accepted:
      return "accepted";
    case Outcome::refused:
      return "refused";
    case Outcome::deferred:
      return "deferred";
    case Outcome::left:
      return "left";
  }
  return "left";
}

void FlushBooks::begin_pass() {
  awaited_.clear();
  given_ = 0;
  results_ = 0;
}

void FlushBooks::rank(std::vector<Candidate>& candidates) const {
  if (suspect_.empty()) return;
  for (auto& candidate : candidates) {
    const bool is_alike = suspect_likeness_ != 0 && candidate.likeness == suspect_likeness_;
    if (candidate.unique() == suspect_) {
      candidate.goes_last = 2;
    } else if (is_alike && candidate.goes_last == 0) {
      candidate.goes_last = 1;
    }
  }
}

FlushBooks::File& FlushBooks::file(std::string_view unique) {
  const auto found = files_.find(unique);
  return found != files_.end() ? found->second : files_[texts_.keep(unique)];
}

const FlushBooks::File* FlushBooks::find(std::string_view unique) const {
  const auto found = files_.find(unique);
  return found == files_.end() ? nullptr : &found->second;
}

void FlushBooks::begin_scan() {
  for (auto& [name, file] : files_) {
    file.is_gone = !file.is_aside;
    file.is_listed = false;
  }
}

std::string_view FlushBooks::keep(std::string_view path) {
  const auto found = files_.find(mail::unique_name(path));
  if (found == files_.end()) {
    path = texts_.keep(path);
    files_[mail::unique_name(path)] = {path, {}, true};
    return path;
  }
  auto& file = found->second;
  if (file.path != path) file.path = texts_.keep(path);  // a mail reader has moved it
  file.is_listed = true;
  return file.path;
}

void FlushBooks::seen(std::string_view unique) {
  auto& seen = file(unique);
  seen.is_ours = true;
  seen.is_gone = false;
}

void FlushBooks::put_on_hold(std::string_view unique) {
  file(unique).is_on_hold = true;
  bury(unique);
}

void FlushBooks::put_aside(std::string_view unique) {
  put_on_hold(unique);
  file(unique).is_aside = true;
}

bool FlushBooks::is_listed(std::string_view unique) const {
  const auto* file = find(unique);
  return file && file->is_listed;
}

bool FlushBooks::is_known(std::string_view unique) const {
  const auto* file = find(unique);
  return file && file->is_ours;
}

bool FlushBooks::is_dead(std::string_view unique) const {
  const auto* file = find(unique);
  return file && file->is_dead;
}

void FlushBooks::give(const Candidate& candidate) { awaited_[candidate.path] = {candidate, given_++}; }

std::optional<Candidate> FlushBooks::take_result(std::string_view path) {
  const auto found = awaited_.find(path);
  if (found == awaited_.end()) return std::nullopt;
  const auto candidate = found->second.candidate;
  awaited_.erase(found);
  ++results_;
  return candidate;
}

std::vector<Candidate> FlushBooks::unanswered() const {
  std::vector<Given> waiting;
  waiting.reserve(awaited_.size());
  for (const auto& [path, given] : awaited_) waiting.push_back(given);
  std::sort(waiting.begin(), waiting.end(), [](const auto& a, const auto& b) { return a.number < b.number; });
  std::vector<Candidate> out;
  out.reserve(waiting.size());
  for (const auto& given : waiting) out.push_back(given.candidate);
  return out;
}

void FlushBooks::settle(std::string_view unique, Outcome outcome, bool file_is_gone) {
  auto& settled = file(unique);
  settled.is_ours = true;
  settled.outcome = outcome;
  settled.is_gone = file_is_gone;
  settled.is_unknown = false;
  if (!file_is_gone) settled.is_dead = true;
}

bool FlushBooks::end_pass() {
  if (results_ > 0) {
    fruitless_ = 0;
    first_in_line_.clear();
    return true;
  }
  const auto rest = unanswered();
  const std::string first(rest.empty() ? "" : rest.front().unique());
  if (!first.empty() && first == first_in_line_) {
    suspect_ = first;
    suspect_likeness_ = rest.front().likeness;
  }
  first_in_line_ = first;
  return ++fruitless_ < max_fruitless_passes;
}

Totals FlushBooks::totals() const {
  Totals totals;
  for (const auto& [name, file] : files_) {
    if (!file.is_ours) continue;
    switch (file.outcome.value_or(Outcome::left)) {
      case Outcome::accepted:
        ++totals.sent;
        break;
      case Outcome::refused:
        ++totals.refused;
        break;
      case Outcome::deferred:
        ++totals.deferred;
        break;
      case Outcome::left:
        if (!file.is_gone) ++totals.left;
        break;
    }
    if (file.is_unknown) ++totals.unknown;
    if (file.is_on_hold && !file.is_gone) ++totals.on_hold;
  }
  return totals;
}

bool FlushBooks::mail_is_left() const {
  return std::any_of(files_.begin(), files_.end(),
                     [](const auto& entry) { return entry.second.is_ours && !entry.second.is_gone; });
}

Judgement judge(char status, std::int64_t age, std::optional<std::int64_t> lifetime) {
  if (status == status_accepted) return {Outcome::accepted, true, false};
  if (status == status_refused) return {Outcome::refused, true, false};
  if (status != status_deferred) return {};
  if (lifetime && age > *lifetime) return {Outcome::refused, true, true};
  return {Outcome::deferred, true, false};
}

}  // namespace serialmail
