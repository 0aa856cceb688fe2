#include "mta/mail/smtp_reply.h"

#include <algorithm>

#include "base/bug.h"

namespace mail {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// RFC 5321 §4.2: the first digit 2 to 5 (1yz is not used by SMTP). Zero: not a code.
int parse_code(std::string_view line) {
  if (line.size() < 3 || !std::all_of(line.begin(), line.begin() + 3, is_digit)) return 0;
  if (line[0] < '2' || line[0] > '5') return 0;
  if (line.size() > 3 && line[3] != ' ' && line[3] != '-') return 0;
  return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

// RFC 2034 §4, RFC 3463 §2: "X.YYY.ZZZ", its class the reply's first digit.
std::string parse_enhanced(std::string_view line) {
  if (line.size() < 5) return {};
  const auto word = line.substr(4, line.find(' ', 4) - 4);
  if (word.size() < 5 || word[0] != line[0] || word[1] != '.') return {};
  const auto dot = word.find('.', 2);
  if (dot == std::string_view::npos) return {};
  const auto is_number = [](std::string_view s) {
    return !s.empty() && s.size() <= 3 && std::all_of(s.begin(), s.end(), is_digit);
  };
  if (!is_number(word.substr(2, dot - 2)) || !is_number(word.substr(dot + 1))) return {};
  return std::string(word);
}

}  // namespace

base::Result<std::size_t> ReplyParser::feed(std::string_view octets) {
  std::size_t taken = 0;
  while (taken < octets.size() && !complete_) {
    const auto rest = octets.substr(taken);
    const auto lf = rest.find('\n');
    const auto part = rest.substr(0, lf);
    if (line_.size() + part.size() > max_reply_line_bytes)
      return base::temporary("protocol violation: over-long reply line");
    line_ += part;
    taken += part.size();
    if (lf == std::string_view::npos) break;
    ++taken;
    if (auto ended = end_line(); !ended) return ended.error();
  }
  return taken;
}

base::Result<void> ReplyParser::end_line() {
  if (!line_.empty() && line_.back() == '\r') line_.pop_back();
  const int code = parse_code(line_);
  if (code == 0) return base::temporary("protocol violation: malformed reply");
  if (reply_.code != 0 && code != reply_.code) return base::temporary("protocol violation: reply with different codes");
  if (reply_.text.size() + line_.size() + 1 > max_reply_bytes)
    return base::temporary("protocol violation: over-long reply");
  reply_.code = code;
  if (!reply_.text.empty()) reply_.text += '\n';
  reply_.text += line_;
  complete_ = line_.size() == 3 || line_[3] == ' ';
  if (complete_) {
    reply_.enhanced = parse_enhanced(line_);
    reply_.last_line = line_;
  }
  line_.clear();
  return {};
}

Reply ReplyParser::take() {
  if (!complete_) base::bug("ReplyParser: taken before it was complete");
  complete_ = false;
  return std::exchange(reply_, {});
}

}  // namespace mail
