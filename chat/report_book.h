// The REPORT strings, and the one report that is being collected.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "chat/matcher.h"

namespace chat {

class ReportBook {
 public:
  [[nodiscard]] std::size_t count() const { return strings_.size(); }
  void add(std::string text);
  // Removes the entry; one that was seen already is no entry any more. True: there was one.
  bool clear(const std::string& text);
  // A new expect begins: no string is half seen any more. The report that is being collected goes on.
  void reset();

  // A report, when the octet ends it.
  std::optional<std::string> feed(char c);
  [[nodiscard]] bool collecting() const { return collected_.has_value(); }
  [[nodiscard]] bool full() const;
  // What was collected so far; nothing is collected any more.
  std::string take();

 private:
  struct Entry {
    std::string text;
    bool seen = false;  // each fires once, and counts for the limit nevertheless
  };
  void look_for_entries();

  std::vector<Entry> strings_;
  Matcher matcher_;  // of the strings as they are now
  std::optional<std::string> collected_;
};

inline constexpr std::size_t max_report_bytes = 4095;

}  // namespace chat
