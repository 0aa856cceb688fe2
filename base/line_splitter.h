// Lines out of blocks of octets. What is longer than the bound is cut there. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace base {

class LineSplitter {
 public:
  explicit LineSplitter(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  std::vector<std::string> feed(std::string_view octets) {
    std::vector<std::string> lines;
    for (const char c : octets) {
      if (c == '\n') {
        lines.push_back(std::exchange(line_, {}));
      } else if (line_.size() < max_bytes_) {
        line_ += c;
      }
    }
    return lines;
  }
  // What came behind the last line end.
  std::string rest() { return std::exchange(line_, {}); }

 private:
  std::size_t max_bytes_;
  std::string line_;
};

}  // namespace base
