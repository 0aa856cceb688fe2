#include "chat/secrets.h"

#include <algorithm>
#include <utility>

namespace chat {

void Secrets::add(std::string_view sent) {
  while (sent.ends_with('\r') || sent.ends_with('\n')) sent.remove_suffix(1);
  if (sent.empty() || std::find(secrets_.begin(), secrets_.end(), sent) != secrets_.end()) return;
  const auto shorter =
      std::find_if(secrets_.begin(), secrets_.end(), [&](const auto& other) { return other.size() < sent.size(); });
  secrets_.emplace(shorter, sent);
}

std::string Secrets::feed(char c) {
  held_ += c;
  std::string shown;
  while (!held_.empty()) {
    const bool may_grow = std::any_of(secrets_.begin(), secrets_.end(), [&](const auto& secret) {
      return secret.size() > held_.size() && secret.starts_with(held_);
    });
    if (may_grow) break;
    const auto whole =
        std::find_if(secrets_.begin(), secrets_.end(), [&](const auto& secret) { return held_.starts_with(secret); });
    const std::size_t taken = whole == secrets_.end() ? 1 : whole->size();
    if (whole != secrets_.end()) {
      shown += hidden_text;
    } else if (shown_ == 0) {
      shown += held_.front();
    }
    held_.erase(0, taken);
    shown_ -= std::min(shown_, taken);
  }
  return shown;
}

std::string Secrets::release(std::string_view known) {
  if (!known.ends_with(held_)) return {};
  return held_.substr(std::exchange(shown_, held_.size()));
}

std::string Secrets::finish() {
  const std::string rest = std::exchange(held_, {}).substr(std::exchange(shown_, 0));
  const bool much = std::any_of(secrets_.begin(), secrets_.end(), [&](const auto& secret) {
    return secret.starts_with(rest) && rest.size() >= secret.size() - secret.size() / 2;
  });
  return !rest.empty() && much ? std::string(hidden_text) : hide(rest);
}

std::string Secrets::hide(std::string_view text) const {
  std::string shown;
  while (!text.empty()) {
    const auto whole =
        std::find_if(secrets_.begin(), secrets_.end(), [&](const auto& secret) { return text.starts_with(secret); });
    if (whole == secrets_.end()) {
      shown += text.front();
      text.remove_prefix(1);
    } else {
      shown += hidden_text;
      text.remove_prefix(whole->size());
    }
  }
  return shown;
}

}  // namespace chat
