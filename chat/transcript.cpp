#include "chat/transcript.h"

#include <utility>

namespace chat {
namespace {

void append_visible(std::string& out, char c) {
  auto octet = static_cast<unsigned char>(c);
  if (octet >= 0x80) {
    out += "M-";
    octet &= 0x7f;
  }
  if (octet == 0x7f) {
    out += "^?";
  } else if (octet < 0x20 && octet != '\t') {
    out += '^';
    out += static_cast<char>(octet | 0x40);
  } else {
    out += static_cast<char>(octet);
  }
}

}  // namespace

bool control(char c) {
  const auto octet = static_cast<unsigned char>(c);
  return octet < 0x20 || octet == 0x7f;
}

std::string visible(std::string_view text) {
  std::string out;
  for (const char c : text) append_visible(out, c);
  return out;
}

std::optional<std::string> ReceivedText::feed(char c) {
  if (c == '\n') return take();
  text_ += c;
  if (text_.size() == max_log_line_octets) return take();
  return std::nullopt;
}

std::string ReceivedText::take() { return visible(std::exchange(text_, {})); }

std::string EchoText::feed(char c) {
  if (c == '\r') return {};
  open_ = c != '\n';
  if (c == '\n') return "\n";
  if (c == '\t') return "^I";
  return visible(std::string_view(&c, 1));
}

std::string EchoText::finish() { return std::exchange(open_, false) ? "\n" : ""; }

}  // namespace chat
