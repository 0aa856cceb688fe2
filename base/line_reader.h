// Lines from a descriptor, with a bound. Reads ahead: what follows the last line it gave out stays in its buffer, so it
// is not for a line whose next reader is somebody else.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/deadline.h"
#include "base/fd.h"
#include "base/result.h"

namespace base {

class LineReader {
 public:
  // The descriptor stays the caller's and must outlive the reader. max_bytes counts without the line end.
  LineReader(const Fd& fd, std::size_t max_bytes) : fd_(fd), max_bytes_(max_bytes) {}

  // The next line without LF or CR LF; it is valid until the next call. Empty optional: the deadline passed.
  // End of file and an over-long line are failures; a last line without LF is given out first.
  Result<std::optional<std::string_view>> next(const Deadline& deadline);

  [[nodiscard]] bool at_end() const { return ended_ && start_ == buffer_.size(); }

 private:
  [[nodiscard]] std::size_t without_cr(std::size_t end) const;
  std::string_view take(std::size_t end, std::size_t next_start);

  const Fd& fd_;
  std::size_t max_bytes_;
  std::string buffer_;
  std::size_t start_ = 0;
  std::size_t searched_ = 0;
  bool ended_ = false;
};

}  // namespace base
