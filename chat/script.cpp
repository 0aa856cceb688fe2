#include "chat/script.h"

#include <algorithm>

namespace chat {
namespace {

bool blank(char c) { return c == ' ' || c == '\t'; }

// The words of one line. A CR is no blank: it belongs to its word.
void take_words(std::string_view line, int number, ScriptReading& reading) {
  std::size_t at = 0;
  for (;;) {
    while (at < line.size() && blank(line[at])) ++at;
    if (at == line.size()) return;
    const char first = line[at];
    const bool quoted = first == '"' || first == '\'';
    const std::size_t start = quoted ? ++at : at;
    while (at < line.size() && (quoted ? line[at] != first : !blank(line[at]))) {
      // Inside quotes a backslash protects the next character, and stays for the escapes.
      if (quoted && line[at] == '\\' && at + 1 < line.size()) ++at;
      ++at;
    }
    reading.script.words.push_back(Word{std::string(line.substr(start, at - start)), number});
    if (!quoted) continue;
    if (at == line.size()) return reading.open_quotes.push_back(number);
    ++at;  // the quote ends the word even where no blank follows
    if (at < line.size() && !blank(line[at])) reading.glued_words.push_back(number);
  }
}

}  // namespace

ScriptReading read_script(std::string_view text, const std::string& name) {
  ScriptReading reading;
  reading.script.name = name;
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.size() > max_line_bytes) reading.cut_lines.push_back(number);
    // chat(8) takes a long line in pieces, and each of them as a line: a # at the border begins a comment.
    do {
      const std::string_view piece = line.substr(0, max_line_bytes);
      line.remove_prefix(piece.size());
      if (!piece.starts_with('#')) take_words(piece, number, reading);
    } while (!line.empty());
  }
  return reading;
}

base::Result<Script> parse_script(std::string_view text, const std::string& name) {
  if (text.size() > max_script_bytes)
    return base::permanent(name + ": longer than " + std::to_string(max_script_bytes) + " bytes");
  auto reading = read_script(text, name);
  if (!reading.open_quotes.empty())
    return base::permanent(name + ":" + std::to_string(reading.open_quotes.front()) + ": unterminated quote");
  return std::move(reading.script);
}

Script script_of_words(const std::vector<std::string>& words) {
  Script script;
  for (const auto& word : words) script.words.push_back(Word{word, 0});
  return script;
}

}  // namespace chat
