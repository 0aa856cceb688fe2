#include "base/secret.h"

#include <string.h>
#include <sys/prctl.h>

#include <utility>

namespace base {

void wipe(std::string& bytes) {
  bytes.resize(bytes.capacity());  // what an earlier, longer content left behind
  ::explicit_bzero(bytes.data(), bytes.size());
  bytes.clear();
}

void hide_memory() { [[maybe_unused]] const int ignored = ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this == &other) return *this;
  clear();
  bytes_ = std::move(other.bytes_);
  return *this;
}

Secret::~Secret() { clear(); }

void Secret::clear() {
  if (!bytes_.empty()) ::explicit_bzero(bytes_.data(), bytes_.size());
  bytes_.clear();
}

}  // namespace base
