#include "chat/escapes.h"

namespace chat {
namespace {

bool name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool octal(char c) { return c >= '0' && c <= '7'; }

// Reads a word from left to right; what is common to sends and expects.
class Reader {
 public:
  Reader(std::string_view word, const Settings& settings) : rest_(word), settings_(settings) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  [[nodiscard]] char peek() const { return rest_.front(); }
  char take() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  // One to three octal digits, modulo 256; the first is taken already.
  char take_octal(char first) {
    unsigned value = static_cast<unsigned>(first - '0');
    for (int more = 0; more < 2 && !at_end() && octal(peek()); ++more)
      value = value * 8 + static_cast<unsigned>(take() - '0');
    return static_cast<char>(static_cast<unsigned char>(value));
  }

  // After a $ under -E: the value of the longest name, nothing for one that is not set.
  std::string take_variable() {
    std::size_t length = 0;
    while (length < rest_.size() && name_character(rest_[length])) ++length;
    const auto found = settings_.environment->find(rest_.substr(0, length));
    rest_.remove_prefix(length);
    return found == settings_.environment->end() ? std::string() : found->second;
  }

 private:
  std::string_view rest_;
  const Settings& settings_;
};

// The characters that stand for one another, the same everywhere.
std::optional<char> simple_escape(char c) {
  switch (c) {
    case 'b':
      return '\b';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 's':
      return ' ';
    default:
      return std::nullopt;
  }
}

// In a send's first form a backslash and a NUL are protected by a backslash.
void append_literal(std::string& text, char c) {
  if (c == '\\' || c == '\0') text += '\\';
  text += c;
}

struct SendExpansion {
  SendString send;
  bool with_return = true;
};

void expand_send_escape(Reader& reader, const Settings& settings, SendExpansion& out) {
  std::string& text = out.send.text;
  const char c = reader.take();
  const auto& phone = c == 'T' ? settings.phone : settings.phone2;
  if (const auto simple = simple_escape(c)) {
    text += *simple;
  } else if (octal(c)) {
    append_literal(text, reader.take_octal(c));
  } else if (c == 'N') {
    append_literal(text, '\0');
  } else if (c == 'q') {
    out.send.hidden = true;
  } else if (c == 'c') {
    if (reader.at_end()) out.with_return = false;
    if (!reader.at_end()) text += c;
  } else if ((c == 'T' || c == 'U') && phone) {
    text += *phone;
  } else if (c == '$' && settings.environment) {
    text += c;
  } else {
    text += '\\';  // acts, or stands for itself, in the second step
    text += c;
  }
}

}  // namespace

SendString expand_send(std::string_view word, const Settings& settings) {
  Reader reader(word, settings);
  SendExpansion out;
  while (!reader.at_end()) {
    const char c = reader.take();
    if (c == '\\' && !reader.at_end()) {
      expand_send_escape(reader, settings, out);
    } else if (c == '^' && !reader.at_end()) {
      const char control = static_cast<char>(reader.take() & 0x1f);
      if (control != '\0') append_literal(out.send.text, control);  // ^@ vanishes
    } else if (c == '$' && settings.environment) {
      out.send.text += reader.take_variable();
    } else {
      append_literal(out.send.text, c);  // a backslash and a caret at the very end too
    }
  }
  if (out.with_return) out.send.text += '\r';
  return out.send;
}

std::optional<std::string> file_of_send(std::string_view word) {
  const std::size_t name = word.find_first_not_of(" \t", 1);
  if (!word.starts_with('@') || name == std::string_view::npos) return std::nullopt;
  return std::string(word.substr(name));
}

std::vector<SendPiece> pieces_of(std::string_view send_text) {
  std::vector<SendPiece> pieces;
  for (std::size_t i = 0; i < send_text.size(); ++i) {
    SendPiece piece{SendPiece::Kind::octet, static_cast<unsigned char>(send_text[i])};
    if (send_text[i] == '\\' && i + 1 < send_text.size()) {
      const char c = send_text[++i];
      piece.octet = static_cast<unsigned char>(c);
      if (c == 'd') piece.kind = SendPiece::Kind::second;
      if (c == 'p') piece.kind = SendPiece::Kind::moment;
      if (c == 'K') piece.kind = SendPiece::Kind::line_break;
    }
    pieces.push_back(piece);
  }
  return pieces;
}

std::string expand_expect(std::string_view word, const Settings& settings) {
  Reader reader(word, settings);
  std::string text;
  while (!reader.at_end()) {
    const char c = reader.take();
    if (c == '\\') {
      if (reader.at_end()) break;  // a backslash at the end vanishes
      const char escaped = reader.take();
      const char value = octal(escaped) ? reader.take_octal(escaped) : simple_escape(escaped).value_or(escaped);
      if (escaped == 'T' || escaped == 'U') text += '\\';  // literally: the values are for sends
      if (escaped != 'q' && value != '\0') text += value;
    } else if (c == '^' && !reader.at_end()) {
      const char control = static_cast<char>(reader.take() & 0x1f);
      if (control != '\0') text += control;
    } else if (c == '$' && settings.environment) {
      text += reader.take_variable();
    } else {
      text += c;
    }
  }
  return text;
}

std::vector<std::string> split_expect(std::string_view word) {
  std::vector<std::string> parts(1);
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (word[i] == '-') {
      parts.emplace_back();
      continue;
    }
    parts.back() += word[i];
    if (word[i] == '\\' && i + 1 < word.size()) parts.back() += word[++i];
  }
  return parts;
}

}  // namespace chat
