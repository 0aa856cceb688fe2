// The value of something that can fail, and the failure: one line of text and what the caller may do about it.
#pragma once

#include <cerrno>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace base {

// temporary: the same request may succeed later with nobody changing anything (exit 111);
// permanent: it fails until the request or the configuration changes (exit 100).
enum class FailureKind { temporary, permanent };

struct Failure {
  FailureKind kind = FailureKind::temporary;
  std::string text{};  // one line: what we tried, on what, why; no line end
  int error = 0;       // errno where a system call failed, else 0
};

template <class T>
class [[nodiscard]] Result : public tl::expected<T, Failure> {
  using Base = tl::expected<T, Failure>;

 public:
  using Base::Base;
  Result(Failure f) : Base(tl::unexpect, std::move(f)) {}
  Result(Base b) : Base(std::move(b)) {}
};

Failure temporary(std::string text);
Failure permanent(std::string text);

// Temporary, "WHAT: Device or resource busy". Call it first thing after the call that failed, or pass the saved errno.
Failure system_failure(std::string_view what, int error = errno);

}  // namespace base
