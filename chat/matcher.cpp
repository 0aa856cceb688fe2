#include "chat/matcher.h"

#include <utility>

namespace chat {

Matcher::Matcher(std::string text) : text_(std::move(text)), fallback_(text_.size(), 0) {
  for (std::size_t i = 1, border = 0; i < text_.size(); ++i) {
    while (border > 0 && text_[i] != text_[border]) border = fallback_[border - 1];
    if (text_[i] == text_[border]) ++border;
    fallback_[i] = border;
  }
}

bool Matcher::feed(char c) {
  if (text_.empty()) return true;
  while (matched_ > 0 && (matched_ == text_.size() || text_[matched_] != c)) matched_ = fallback_[matched_ - 1];
  if (text_[matched_] == c) ++matched_;
  return matched_ == text_.size();
}

}  // namespace chat
