#include "base/line_reader.h"

#include <array>

#include "base/io.h"

namespace base {

std::string_view LineReader::take(std::size_t end, std::size_t next_start) {
  std::string_view line(buffer_.data() + start_, end - start_);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  start_ = next_start;
  searched_ = next_start;
  return line;
}

// The length of a line that ends there, when the CR in front of its end is not counted.
std::size_t LineReader::without_cr(std::size_t end) const {
  return end > 0 && buffer_[end - 1] == '\r' ? end - 1 : end;
}

Result<std::optional<std::string_view>> LineReader::next(const Deadline& deadline) {
  if (start_ > 0) {
    buffer_.erase(0, start_);
    searched_ -= start_;
    start_ = 0;
  }
  for (;;) {
    if (const auto lf = buffer_.find('\n', searched_); lf != std::string::npos) {
      if (without_cr(lf) > max_bytes_) return permanent("line longer than " + std::to_string(max_bytes_) + " bytes");
      return std::optional(take(lf, lf + 1));
    }
    searched_ = buffer_.size();
    if (buffer_.size() > max_bytes_ + 1) return permanent("line longer than " + std::to_string(max_bytes_) + " bytes");
    if (ended_) {
      if (buffer_.empty()) return temporary("end of file");
      if (without_cr(buffer_.size()) > max_bytes_)
        return permanent("line longer than " + std::to_string(max_bytes_) + " bytes");
      return std::optional(take(buffer_.size(), buffer_.size()));
    }
    std::array<char, 4096> block;
    const auto n = read_some(fd_, block, deadline);
    if (!n) {
      if (n.error().error == ETIMEDOUT) return std::optional<std::string_view>();
      return n.error();
    }
    if (*n == 0) ended_ = true;
    buffer_.append(block.data(), *n);
  }
}

}  // namespace base
