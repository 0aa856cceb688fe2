// Many short texts, each without an allocation of its own: the names and recipients of a spool of any size.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

namespace mail {

class TextStore {
 public:
  // The text's copy, which stays where it is as long as the store lives, wherever that is moved.
  std::string_view keep(std::string_view text);

 private:
  std::vector<std::unique_ptr<char[]>> blocks_;
  char* free_ = nullptr;  // in the last block
  std::size_t room_ = 0;
};

}  // namespace mail
