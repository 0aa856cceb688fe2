// A moment on the steady clock by which something must have happened. A default Deadline never passes.
#pragma once

#include <chrono>
#include <optional>

namespace base {

class Deadline {
 public:
  Deadline() = default;
  static Deadline after(std::chrono::milliseconds within);

  [[nodiscard]] bool passed() const;
  // For poll(2): -1 when it never passes, else whole milliseconds rounded up, 0 when passed.
  [[nodiscard]] int poll_timeout() const;
  [[nodiscard]] bool never() const { return !at_; }

 private:
  std::optional<std::chrono::steady_clock::time_point> at_;
};

Deadline earlier(const Deadline& a, const Deadline& b);

}  // namespace base
