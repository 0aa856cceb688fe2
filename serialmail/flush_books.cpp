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

void FlushBooks::begin_pass(std::vector<Candidate>& candidates) {
  given_.clear();
  awaited_.clear();
  results_ = 0;
  if (suspect_.empty()) return;
  const auto rank = [this](const Candidate& candidate) {
    if (candidate.unique == suspect_) return 2;
    return suspect_likeness_ != 0 && candidate.likeness == suspect_likeness_ ? 1 : 0;
  };
  for (auto& candidate : candidates) candidate.goes_last = rank(candidate);
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const auto& a, const auto& b) { return a.goes_last < b.goes_last; });
}

void FlushBooks::begin_scan() {
  for (auto& [name, file] : files_) file.is_gone = true;
}

void FlushBooks::seen(std::string_view unique) { files_[std::string(unique)].is_gone = false; }

void FlushBooks::put_on_hold(std::string_view unique) {
  files_[std::string(unique)].is_on_hold = true;
  bury(unique);
}

void FlushBooks::give(const Candidate& candidate) {
  awaited_[candidate.path] = given_.size();
  given_.push_back(candidate);
}

std::optional<Candidate> FlushBooks::take_result(const std::string& path) {
  const auto found = awaited_.find(path);
  if (found == awaited_.end()) return std::nullopt;
  const auto index = found->second;
  awaited_.erase(found);
  ++results_;
  return given_[index];
}

std::vector<Candidate> FlushBooks::unanswered() const {
  std::vector<Candidate> out;
  for (const auto& candidate : given_) {
    if (awaited_.contains(candidate.path)) out.push_back(candidate);
  }
  return out;
}

void FlushBooks::settle(std::string_view unique, Outcome outcome, bool file_is_gone) {
  auto& file = files_[std::string(unique)];
  file.outcome = outcome;
  file.is_gone = file_is_gone;
  file.is_unknown = false;
  if (!file_is_gone) bury(unique);
}

void FlushBooks::set_unknown(std::string_view unique, bool unknown) {
  files_[std::string(unique)].is_unknown = unknown;
}

bool FlushBooks::end_pass() {
  if (results_ > 0) {
    fruitless_ = 0;
    first_in_line_.clear();
    return true;
  }
  const auto rest = unanswered();
  const std::string first = rest.empty() ? "" : rest.front().unique;
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
  return std::any_of(files_.begin(), files_.end(), [](const auto& entry) { return !entry.second.is_gone; });
}

Judgement judge(char status, std::int64_t age, std::optional<std::int64_t> lifetime) {
  if (status == status_accepted) return {Outcome::accepted, true, false};
  if (status == status_refused) return {Outcome::refused, true, false};
  if (status != status_deferred) return {};
  if (lifetime && age > *lifetime) return {Outcome::refused, true, true};
  return {Outcome::deferred, true, false};
}

}  // namespace serialmail
