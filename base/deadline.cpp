#include "base/deadline.h"

#include <algorithm>
#include <limits>

namespace base {

Deadline Deadline::after(std::chrono::milliseconds within) {
  Deadline deadline;
  deadline.at_ = std::chrono::steady_clock::now() + within;
  return deadline;
}

bool Deadline::passed() const { return at_ && std::chrono::steady_clock::now() >= *at_; }

int Deadline::poll_timeout() const {
  if (!at_) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*at_ - std::chrono::steady_clock::now()).count();
  return static_cast<int>(std::clamp<long long>(left, 0, std::numeric_limits<int>::max()));
}

Deadline earlier(const Deadline& a, const Deadline& b) {
  if (a.never()) return b;
  if (b.never()) return a;
  return a.poll_timeout() <= b.poll_timeout() ? a : b;
}

}  // namespace base
