#include "chat/report_book.h"

#include <algorithm>
#include <utility>

#include "chat/transcript.h"

namespace chat {

void ReportBook::add(std::string text) { strings_.push_back(Entry{Matcher(std::move(text))}); }

bool ReportBook::clear(const std::string& text) {
  const auto found = std::find_if(strings_.begin(), strings_.end(),
                                  [&](const Entry& entry) { return !entry.seen && entry.matcher.text() == text; });
  if (found == strings_.end()) return false;
  strings_.erase(found);
  return true;
}

void ReportBook::reset() {
  for (auto& entry : strings_) entry.matcher.reset();
}

std::optional<std::string> ReportBook::feed(char c) {
  const bool was_collecting = collecting();
  // All are fed: which of them has begun must be known when the report at hand is done.
  for (auto& entry : strings_) {
    const bool seen = entry.matcher.feed(c);
    if (!seen || entry.seen || collecting()) continue;
    entry.seen = true;
    collected_ = entry.matcher.text();
  }
  if (!was_collecting) return std::nullopt;
  if (control(c)) return take();
  if (!full()) *collected_ += c;
  return std::nullopt;
}

bool ReportBook::full() const { return collected_ && collected_->size() >= max_report_bytes; }

std::string ReportBook::take() { return std::exchange(collected_, std::nullopt).value_or(""); }

}  // namespace chat
