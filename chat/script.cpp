#include "chat/script.h"

#include <algorithm>

namespace chat {
namespace {

bool blank(char c) { return c == ' ' || c == '\t'; }

// The words of one line, or none when a quote stays open. A CR is no blank: it belongs to its word.
bool take_words(std::string_view line, int number, std::vector<Word>& words) {
  std::size_t at = 0;
  for (;;) {
    while (at < line.size() && blank(line[at])) ++at;
    if (at == line.size()) return true;
    const char first = line[at];
    const bool quoted = first == '"' || first == '\'';
    const std::size_t start = quoted ? ++at : at;
    while (at < line.size() && (quoted ? line[at] != first : !blank(line[at]))) {
      // Inside quotes a backslash protects the next character, and stays for the escapes.
      if (quoted && line[at] == '\\' && at + 1 < line.size()) ++at;
      ++at;
    }
    if (quoted && at == line.size()) return false;
    words.push_back(Word{std::string(line.substr(start, at - start)), number});
    if (quoted) ++at;  // the quote ends the word even where no blank follows
  }
}

}  // namespace

base::Result<Script> parse_script(std::string_view text, const std::string& name) {
  if (text.size() > max_script_bytes)
    return base::permanent(name + ": longer than " + std::to_string(max_script_bytes) + " bytes");
  Script script{name, {}};
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    // chat(8) takes a long line in pieces, and each of them as a line: a # at the border begins a comment.
    do {
      const std::string_view piece = line.substr(0, max_line_bytes);
      line.remove_prefix(piece.size());
      if (piece.starts_with('#')) continue;
      if (!take_words(piece, number, script.words))
        return base::permanent(name + ":" + std::to_string(number) + ": unterminated quote");
    } while (!line.empty());
  }
  return script;
}

Script script_of_words(const std::vector<std::string>& words) {
  Script script;
  for (const auto& word : words) script.words.push_back(Word{word, 0});
  return script;
}

}  // namespace chat
