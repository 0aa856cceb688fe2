#include "chat/report_book.h"

#include <algorithm>
#include <utility>

#include "chat/transcript.h"

namespace chat {

void ReportBook::add(std::string text) {
  strings_.push_back(Entry{std::move(text)});
  look_for_entries();
}

bool ReportBook::clear(const std::string& text) {
  const auto found = std::find_if(strings_.begin(), strings_.end(),
                                  [&](const Entry& entry) { return !entry.seen && entry.text == text; });
  if (found == strings_.end()) return false;
  strings_.erase(found);
  look_for_entries();
  return true;
}

void ReportBook::look_for_entries() {
  std::vector<std::string> texts;
  for (const auto& entry : strings_) texts.push_back(entry.text);
  matcher_ = Matcher(texts);
  for (std::size_t number = 0; number < strings_.size(); ++number) {
    if (strings_[number].seen) matcher_.retire(number);
  }
}

void ReportBook::reset() { matcher_.reset(); }

std::optional<std::string> ReportBook::feed(char c) {
  // Fed whatever is collected: what has begun must be known when the report at hand is done.
  const auto number = matcher_.feed(c);
  if (!collecting()) {
    if (number) {
      strings_[*number].seen = true;
      matcher_.retire(*number);
      collected_ = strings_[*number].text;
    }
    return std::nullopt;
  }
  if (control(c)) return take();
  if (!full()) *collected_ += c;
  return std::nullopt;
}

bool ReportBook::full() const { return collected_ && collected_->size() >= max_report_bytes; }

std::string ReportBook::take() { return std::exchange(collected_, std::nullopt).value_or(""); }

}  // namespace chat
