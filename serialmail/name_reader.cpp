#include "serialmail/name_reader.h"

#include <utility>

namespace serialmail {

void NameReader::feed(std::string_view octets) {
  for (const char c : octets) {
    if (c != '\0') {
      too_long_ = name_.size() == max_file_name_bytes;
      if (!too_long_) name_ += c;
      continue;
    }
    if (!too_long_ && !name_.empty()) names_.push_back(std::move(name_));
    name_.clear();
    too_long_ = false;
  }
}

std::string NameReader::take() {
  auto name = std::move(names_.front());
  names_.pop_front();
  return name;
}

bool is_inside(std::string_view name) {
  if (name.empty() || name.front() == '/') return false;
  for (std::size_t start = 0; start <= name.size();) {
    const auto end = std::min(name.find('/', start), name.size());
    if (name.substr(start, end - start) == "..") return false;
    start = end + 1;
  }
  return true;
}

bool is_spool_file(std::string_view name) {
  if (!name.starts_with("new/") && !name.starts_with("cur/")) return false;
  return name.size() > 4 && name.find('/', 4) == std::string_view::npos && is_inside(name);
}

}  // namespace serialmail
