#include "chat/matcher.h"

#include <algorithm>

namespace chat {

Matcher::Matcher(const std::vector<std::string>& strings) {
  for (const auto& string : strings) {
    for (const char c : string) {
      auto& octet_class = class_of_[static_cast<unsigned char>(c)];
      if (octet_class == 0) octet_class = static_cast<std::uint16_t>(classes_++);
    }
  }
  next_.assign(classes_, 0);
  for (const auto& string : strings) add(string);
  link();
  note_ends();
}

void Matcher::add(const std::string& string) {
  Node node = 0;
  for (const char c : string) {
    const std::size_t at = edge(node, c);
    if (next_[at] == 0) {
      next_[at] = static_cast<Node>(next_.size() / classes_);
      next_.resize(next_.size() + classes_, 0);
    }
    node = next_[at];
  }
  ends_.push_back(node);
}

// Each node gets the edges that it lacks from its fallback, whose own are complete: it is less deep.
void Matcher::link() {
  fallback_.assign(next_.size() / classes_, 0);
  by_depth_.assign(1, 0);
  for (std::size_t at = 0; at < by_depth_.size(); ++at) {
    const Node node = by_depth_[at];
    for (std::size_t octet_class = 0; octet_class < classes_; ++octet_class) {
      const Node by_fallback = node == 0 ? 0 : next_[fallback_[node] * classes_ + octet_class];
      Node& next = next_[node * classes_ + octet_class];
      if (next == 0) {
        next = by_fallback;
      } else {
        fallback_[next] = by_fallback;
        by_depth_.push_back(next);
      }
    }
  }
}

void Matcher::note_ends() {
  first_end_.assign(fallback_.size(), none);
  for (std::size_t number = ends_.size(); number-- > 0;) {
    if (ends_[number] != none) first_end_[ends_[number]] = static_cast<Node>(number);
  }
  for (const Node node : by_depth_) first_end_[node] = std::min(first_end_[node], first_end_[fallback_[node]]);
}

std::optional<std::size_t> Matcher::feed(char c) {
  state_ = next_[edge(state_, c)];
  if (first_end_[state_] == none) return std::nullopt;
  return first_end_[state_];
}

void Matcher::retire(std::size_t number) {
  ends_[number] = none;
  note_ends();
}

}  // namespace chat
