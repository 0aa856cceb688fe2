#include "conf/text.h"

#include <algorithm>
#include <charconv>

#include "base/directory.h"

namespace conf {

std::string_view without_trailing_blanks(std::string_view text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r' || text.back() == '\n')) {
    text.remove_suffix(1);
  }
  return text;
}

std::vector<NumberedLine> numbered_lines(std::string_view text) {
  std::vector<NumberedLine> lines;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back({number, without_trailing_blanks(text.substr(0, end))});
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::vector<std::string_view> words_of(std::string_view line) {
  constexpr std::string_view blanks = " \t";
  std::vector<std::string_view> words;
  for (std::size_t at = line.find_first_not_of(blanks); at != std::string_view::npos;) {
    const std::size_t end = std::min(line.find_first_of(blanks, at), line.size());
    words.push_back(line.substr(at, end - at));
    at = line.find_first_not_of(blanks, end);
  }
  return words;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::optional<std::uint64_t> decimal(std::string_view text) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return value;
}

base::Failure fault(std::string_view file, std::size_t line, std::string_view what) {
  return base::permanent(std::string(file) + ":" + std::to_string(line) + ": " + std::string(what));
}

base::Result<std::optional<std::string>> read_config_file(const std::string& path) {
  auto text = base::read_file(path, max_config_file_bytes);
  if (!text) {
    if (text.error().error == ENOENT) return std::optional<std::string>();
    return text.error();
  }
  if (const std::size_t nul = text->find('\0'); nul != std::string::npos) {
    const auto line = std::count(text->begin(), text->begin() + static_cast<std::ptrdiff_t>(nul), '\n') + 1;
    return fault(path, static_cast<std::size_t>(line), "a NUL octet in a configuration file");
  }
  return std::optional(std::move(*text));
}

}  // namespace conf
