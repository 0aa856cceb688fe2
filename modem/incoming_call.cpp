#include "modem/incoming_call.h"

#include <optional>

#include "modem/result_code.h"

namespace modem {
namespace {

constexpr std::string_view blanks = " \t";

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

// What stands behind the word and its sign: "NMBR = 0301234" (V.253 and most makers), "CALLER NUMBER: 0301234" (ELSA),
// "+CLIP: "0301234",129" (3GPP TS 27.007 §7.11).
std::optional<std::string_view> value_of(std::string_view line, std::string_view word, char sign) {
  if (!line.starts_with(word)) return std::nullopt;
  const auto rest = trimmed(line.substr(word.size()));
  if (!rest.starts_with(sign)) return std::nullopt;
  return trimmed(rest.substr(1));
}

std::string_view quoted(std::string_view value) {
  if (!value.starts_with('"')) return value.substr(0, value.find(','));
  return value.substr(1, value.find('"', 1) - 1);
}

}  // namespace

void IncomingCall::on_line(std::string_view line) {
  if (parse_result_code(line).kind == ResultKind::ring) {
    ++rings_;
    return;
  }
  const auto text = trimmed(line);
  auto number = value_of(text, "NMBR", '=');
  if (!number) number = value_of(text, "CALLER NUMBER", ':');
  if (const auto clip = value_of(text, "+CLIP", ':')) number = quoted(*clip);
  if (number) caller_ = number->substr(0, max_caller_bytes);
}

}  // namespace modem
