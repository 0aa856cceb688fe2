#include "mta/sendmail/text_intake.h"

namespace mta {

base::Result<void> TextIntake::feed(std::string_view octets, std::string& out) {
  for (char c : octets) {
    if (ended_) return {};
    if (c == '\0') return base::permanent("a NUL octet in the message");
    const bool second_half = after_cr_ && c == '\n';
    after_cr_ = c == '\r';
    if (second_half) continue;
    if (c == '\r') c = '\n';
    if (dot_) {
      dot_ = false;
      if (c == '\n') {
        ended_ = true;
        return {};
      }
      out += '.';
    } else if (line_start_ && dot_ends_ && c == '.') {
      dot_ = true;
      line_start_ = false;
      continue;
    }
    out += c;
    line_start_ = c == '\n';
  }
  return {};
}

void TextIntake::finish(std::string& out) {
  if (ended_) return;
  if (dot_) out += '.';
  if (!line_start_) out += '\n';
}

}  // namespace mta
