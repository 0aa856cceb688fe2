// The word of whoever keeps the line that it is gone: an inherited descriptor that has come to its end, or has an
// octet. It is never read, so that all who inherit it hear it.
#pragma once

#include <poll.h>

#include <optional>

#include "base/result.h"

namespace serialmail {

inline constexpr const char* line_word_help =
    "the line has gone when descriptor N has come to its end or has an octet: end at once";

class LineWord {
 public:
  LineWord() = default;  // never given
  explicit LineWord(std::optional<int> descriptor) : descriptor_(descriptor.value_or(-1)) {}

  // For poll(2), revents 0.
  [[nodiscard]] pollfd entry() const { return {descriptor_, POLLIN, 0}; }
  [[nodiscard]] bool is_given() const;

  static base::Failure failure() { return base::temporary("the line has gone"); }

 private:
  int descriptor_ = -1;
};

}  // namespace serialmail
