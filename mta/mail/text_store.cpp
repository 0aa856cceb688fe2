#include "mta/mail/text_store.h"

#include <algorithm>

namespace mail {
namespace {

constexpr std::size_t block_bytes = 65536;

}  // namespace

std::string_view TextStore::keep(std::string_view text) {
  if (text.empty()) return {};
  if (text.size() > room_) {
    room_ = std::max(block_bytes, text.size());
    // Not make_unique, which would write, and so claim, the whole block.
    blocks_.push_back(std::unique_ptr<char[]>(new char[room_]));
    free_ = blocks_.back().get();
  }
  std::copy(text.begin(), text.end(), free_);
  const std::string_view kept(free_, text.size());
  free_ += text.size();
  room_ -= text.size();
  return kept;
}

}  // namespace mail
