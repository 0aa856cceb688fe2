// One function object out of several, for std::visit: each alternative of a variant finds its own.
#pragma once

namespace base {

template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <class... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

}  // namespace base
