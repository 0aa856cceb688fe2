// The file names that a client is given on its descriptor 0, each ended by NUL.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

namespace serialmail {

inline constexpr std::size_t max_file_name_bytes = 4096;  // PATH_MAX

class NameReader {
 public:
  // A name that is cut off by the end of the stream is never given out, and one that is too long is dropped.
  void feed(std::string_view octets);

  [[nodiscard]] bool empty() const { return names_.empty(); }
  std::string take();
  // In the order in which they will be taken.
  [[nodiscard]] const std::deque<std::string>& waiting() const { return names_; }

 private:
  std::deque<std::string> names_;
  std::string name_;
  bool too_long_ = false;
};

// A file of the working directory: neither an absolute path nor one that climbs.
bool is_inside(std::string_view name);

// "new/NAME" or "cur/NAME": a file that a spool's journal knows.
bool is_spool_file(std::string_view name);

}  // namespace serialmail
