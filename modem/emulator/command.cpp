#include "modem/emulator/command.h"

#include <algorithm>

namespace emulator {
namespace {

constexpr int max_number = 999;
constexpr std::string_view basic_letters = "ABCDEFHILMNOPQTVWXYZ";
constexpr std::string_view prefixes = "&\\%";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return c >= 'A' && c <= 'Z'; }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  CommandLine run() {
    CommandLine line;
    while (skip_blanks()) {
      auto command = next();
      if (!command) {
        line.complete = false;
        break;
      }
      line.commands.push_back(std::move(*command));
    }
    return line;
  }

 private:
  bool skip_blanks() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
    return at_ < text_.size();
  }
  [[nodiscard]] char peek() const { return at_ < text_.size() ? upper(text_[at_]) : '\0'; }

  // No digits: 0, as everywhere in basic commands (V.250 §5.3.1). Too many: empty.
  std::optional<int> number() {
    int value = 0;
    while (skip_blanks() && is_digit(peek())) {
      value = value * 10 + (peek() - '0');
      ++at_;
      if (value > max_number) return std::nullopt;
    }
    return value;
  }

  std::optional<Command> next() {
    const char c = peek();
    if (c == '+' || c == '#') return extended();
    if (c == 'S') return s_register();
    if (c == 'D') {
      ++at_;
      Command dial{Form::action, "D", 0, std::string(text_.substr(at_))};
      at_ = text_.size();
      return dial;
    }
    std::string name(1, c);
    ++at_;
    if (prefixes.find(c) != std::string_view::npos) {
      if (!skip_blanks() || !is_letter(peek())) return std::nullopt;
      name += peek();
      ++at_;
    } else if (basic_letters.find(c) == std::string_view::npos) {
      return std::nullopt;
    }
    const auto value = number();
    if (!value) return std::nullopt;
    if (name == "&Z" && peek() == '=') return Command{Form::set, name, *value, rest_of_command().substr(1)};
    return Command{Form::action, name, *value, {}};
  }

  // Up to the semicolon that ends it (V.250 §5.4.1); one in quotes does not.
  std::string rest_of_command() {
    const std::size_t begin = at_;
    bool in_quotes = false;
    for (; at_ < text_.size() && (in_quotes || text_[at_] != ';'); ++at_) {
      if (text_[at_] == '"') in_quotes = !in_quotes;
    }
    std::string rest(text_.substr(begin, at_ - begin));
    if (at_ < text_.size()) ++at_;
    while (!rest.empty() && rest.back() == ' ') rest.pop_back();
    return rest;
  }

  // "S7=60", "S7?"
  std::optional<Command> s_register() {
    ++at_;
    const auto which = number();
    if (!which || !skip_blanks()) return std::nullopt;
    const char sign = peek();
    ++at_;
    if (sign == '?') return Command{Form::read, "S", *which, {}};
    if (sign != '=') return std::nullopt;
    const auto value = number();
    if (!value) return std::nullopt;
    return Command{Form::set, "S", *which, std::to_string(*value)};
  }

  // "+NAME", "+NAME?", "+NAME=?", "+NAME=value"
  std::optional<Command> extended() {
    std::string name(1, peek());
    ++at_;
    while (is_letter(peek()) || is_digit(peek())) {
      name += peek();
      ++at_;
    }
    if (name.size() < 2) return std::nullopt;
    const std::string rest = rest_of_command();
    if (rest.empty()) return Command{Form::action, name, 0, {}};
    if (rest == "?") return Command{Form::read, name, 0, {}};
    if (rest == "=?") return Command{Form::test, name, 0, {}};
    if (rest[0] != '=') return std::nullopt;
    return Command{Form::set, name, 0, rest.substr(1)};
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

CommandLine parse_command_line(std::string_view text) { return Parser(text).run(); }

std::optional<DialString> parse_dial_string(std::string_view text, bool pulse) {
  DialString dial;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = upper(text[i]);
    if (is_digit(c) || c == '*' || c == '#' || (c >= 'A' && c <= 'D')) {
      dial.digits += c;
      // Pulses know only figures; the zero is ten of them.
      if (!pulse || !is_digit(c)) {
        ++dial.tones;
      } else {
        dial.pulses += c == '0' ? 10 : c - '0';
        ++dial.pulse_digits;
      }
    } else if (c == 'T' || c == 'P') {
      pulse = c == 'P';
    } else if (c == ',') {
      ++dial.commas;
    } else if (c == 'W') {
      dial.wait_for_tone = true;
    } else if (c == '@') {
      dial.quiet_answer = true;
    } else if (c == '!') {
      ++dial.flashes;
    } else if (c == 'L') {
      dial.last = true;
    } else if (c == 'S') {
      if (i + 2 >= text.size() || text[i + 1] != '=' || !is_digit(text[i + 2])) return std::nullopt;
      dial.stored = text[i + 2] - '0';
      i += 2;
    } else if (c == ';') {
      if (text.find_first_not_of(' ', i + 1) != std::string_view::npos) return std::nullopt;
      dial.stay_in_command = true;
    } else if (c != ' ' && c != '-' && c != '(' && c != ')' && c != 'R') {
      return std::nullopt;
    }
  }
  return dial;
}

}  // namespace emulator
