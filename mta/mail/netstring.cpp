#include "mta/mail/netstring.h"

#include <algorithm>

#include "base/bug.h"

namespace mail {

void append_netstring(std::string& out, std::string_view content) {
  out += std::to_string(content.size());
  out += ':';
  out += content;
  out += ',';
}

std::string netstring(std::string_view content) {
  std::string out;
  append_netstring(out, content);
  return out;
}

base::Result<void> NetstringParser::on_length(char c) {
  if (c == ':') {
    if (digits_ == 0) return base::permanent("netstring without a length");
    state_ = length_ == 0 ? State::comma : State::content;
    return {};
  }
  if (c < '0' || c > '9') return base::permanent("netstring length is not a number");
  if (digits_ > 0 && length_ == 0) return base::permanent("netstring length with a leading zero");
  const auto digit = static_cast<std::size_t>(c - '0');
  if (digit > max_bytes_ || length_ > (max_bytes_ - digit) / 10) {
    return base::permanent("netstring longer than " + std::to_string(max_bytes_) + " bytes");
  }
  length_ = length_ * 10 + digit;
  ++digits_;
  return {};
}

base::Result<std::size_t> NetstringParser::feed(std::string_view octets) {
  std::size_t taken = 0;
  while (taken < octets.size()) {
    switch (state_) {
      case State::length:
        if (auto read = on_length(octets[taken]); !read) return read.error();
        ++taken;
        break;
      case State::content: {
        const auto part = octets.substr(taken, length_ - content_.size());
        content_ += part;
        taken += part.size();
        if (content_.size() == length_) state_ = State::comma;
        break;
      }
      case State::comma:
        if (octets[taken] != ',') return base::permanent("netstring without its comma");
        ++taken;
        state_ = State::complete;
        return taken;
      case State::complete:
        return taken;
    }
  }
  return taken;
}

std::string NetstringParser::take() {
  if (!complete()) base::bug("NetstringParser: taken before it was complete");
  state_ = State::length;
  digits_ = 0;
  length_ = 0;
  return std::exchange(content_, {});
}

}  // namespace mail
