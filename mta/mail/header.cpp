#include "mta/mail/header.h"

#include <algorithm>

namespace mail {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// RFC 5322 §3.6.8: printable US-ASCII without the colon. Blanks before the colon (§4.5, obsolete) are not part of it.
std::string_view field_name(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return {};
  std::string_view name = line.substr(0, colon);
  while (!name.empty() && (name.back() == ' ' || name.back() == '\t')) name.remove_suffix(1);
  const bool good = std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < 127; });
  return good ? name : std::string_view();
}

}  // namespace

bool HeaderField::is(std::string_view other_name) const {
  return std::equal(name.begin(), name.end(), other_name.begin(), other_name.end(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

const HeaderField* find_field(const Header& header, std::string_view name) {
  const auto found = std::find_if(header.begin(), header.end(), [&](const auto& field) { return field.is(name); });
  return found == header.end() ? nullptr : &*found;
}

std::string format_header(const Header& header) {
  std::string text;
  for (const auto& field : header) text += field.name + ":" + field.value + "\n";
  return text;
}

// False: the line, which has no LF, is no part of a header.
bool HeaderReader::on_line(std::string_view line) {
  if (line.front() == ' ' || line.front() == '\t') {
    if (header_.empty()) return false;
    header_.back().value += '\n';
    header_.back().value += line;
    return true;
  }
  if (header_.empty() && line.starts_with("From ")) {
    header_.push_back({"MBOX-Line", " " + std::string(line)});
    return true;
  }
  const auto name = field_name(line);
  if (name.empty()) return false;
  header_.push_back({std::string(name), std::string(line.substr(line.find(':') + 1))});
  return true;
}

base::Result<void> HeaderReader::feed(std::string_view text) {
  if (complete_) return {};
  buffer_ += text;
  std::size_t start = 0;
  for (std::size_t lf = buffer_.find('\n'); lf != std::string::npos; lf = buffer_.find('\n', start)) {
    const auto line = std::string_view(buffer_).substr(start, lf - start);
    taken_ += line.size() + 1;
    if (taken_ > max_header_bytes) break;
    complete_ = line.empty() || !on_line(line);
    if (complete_) {
      buffer_.erase(0, line.empty() ? lf + 1 : start);
      return {};
    }
    start = lf + 1;
  }
  buffer_.erase(0, start);
  if (taken_ + buffer_.size() > max_header_bytes) {
    return base::permanent("message header longer than " + std::to_string(max_header_bytes) + " bytes");
  }
  return {};
}

void HeaderReader::end() {
  if (complete_) return;
  complete_ = true;
  if (!buffer_.empty() && on_line(buffer_)) buffer_.clear();
}

}  // namespace mail
