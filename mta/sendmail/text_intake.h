// What a local program writes as a message: lines that end as they like, and by custom a lone dot at the end.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace mta {

// CR LF, LF and a lone CR become LF; a last line without an end gets one; with dot_ends, a line that is a lone dot ends
// the message and is no part of it. The octets may come cut anywhere.
class TextIntake {
 public:
  explicit TextIntake(bool dot_ends) : dot_ends_(dot_ends) {}

  // Appends the text to out. A NUL is a permanent failure: no mail can carry it.
  base::Result<void> feed(std::string_view octets, std::string& out);
  // End of file.
  void finish(std::string& out);
  // The lone dot came: whatever follows is not looked at.
  [[nodiscard]] bool ended() const { return ended_; }

 private:
  bool dot_ends_;
  bool ended_ = false;
  bool line_start_ = true;
  bool after_cr_ = false;  // its LF, if it has one, is already written
  bool dot_ = false;       // a line began with a dot that is not written yet
};

}  // namespace mta
