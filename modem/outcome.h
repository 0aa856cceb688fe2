// What an undertaking on a modem comes to: a value, or the trouble with what to do about it.
#pragma once

#include <tl/expected.hpp>
#include <utility>

#include "modem/result_code.h"

namespace modem {

template <class T>
using Outcome = tl::expected<T, Trouble>;

inline tl::unexpected<Trouble> fail(Trouble trouble) { return tl::unexpected<Trouble>(std::move(trouble)); }

}  // namespace modem
