// One string looked for in a stream of octets, each of which is looked at once.
#pragma once

#include <string>
#include <vector>

namespace chat {

class Matcher {
 public:
  explicit Matcher(std::string text);

  [[nodiscard]] const std::string& text() const { return text_; }
  void reset() { matched_ = 0; }
  // True when the octets since reset() end with the text; an empty text matches on any octet.
  bool feed(char c);

 private:
  std::string text_;
  std::vector<std::size_t> fallback_;  // [n]: the longest border of the first n + 1 characters
  std::size_t matched_ = 0;
};

}  // namespace chat
