#include "modem/identity.h"

#include <algorithm>

#include "conf/text.h"

namespace modem {
std::vector<Question> identity_questions(std::span<const std::string> profile) {
  std::vector<Question> questions{
      {"I0", "ATI0", "product code"},      {"I1", "ATI1", "checksum"},         {"I2", "ATI2", "self-test"},
      {"I3", "ATI3", "firmware"},          {"I4", "ATI4", "settings"},         {"I5", "ATI5", "stored settings"},
      {"I6", "ATI6", "last call"},         {"I7", "ATI7", "product"},          {"I8", "ATI8", "further"},
      {"I9", "ATI9", "plug and play"},     {"GMI", "AT+GMI", "maker"},         {"GMM", "AT+GMM", "model"},
      {"GMR", "AT+GMR", "revision"},       {"GSN", "AT+GSN", "serial number"}, {"FCLASS", "AT+FCLASS=?", "classes"},
      {"GCAP", "AT+GCAP", "capabilities"},
  };
  for (const auto& command : profile) {
    const bool is_there = std::any_of(questions.begin(), questions.end(),
                                      [&](const Question& question) { return question.command == command; });
    if (!is_there) questions.push_back({command, command, ""});
  }
  return questions;
}

std::vector<std::string> information(std::string_view command, const AtAnswer& answer) {
  std::vector<std::string> lines;
  if (!answer.answered) return lines;
  // A modem that answers in words has said "0" as information, and its OK is still to come.
  const bool is_number = answer.code.text.find_first_not_of("0123456789") == std::string::npos;
  if (!is_number && answer.code.kind != ResultKind::ok) return lines;
  // "AT+FCLASS=?" answers "+FCLASS: (0,1,2)".
  const auto name = command.substr(std::min<std::size_t>(2, command.size()));
  const auto prefix = std::string(name.substr(0, name.find_first_of("=?"))) + ":";
  for (const auto& line : answer.lines) {
    std::string_view text = line;
    if (prefix.size() > 1 && text.starts_with(prefix)) text.remove_prefix(prefix.size());
    const auto first = text.find_first_not_of(' ');
    text = first == std::string_view::npos ? std::string_view() : conf::without_trailing_blanks(text.substr(first));
    if (!text.empty()) lines.emplace_back(text);
  }
  if (is_number) lines.push_back(answer.code.text);
  return lines;
}

std::string identity_text(std::span<const IdentityEntry> entries) {
  std::string text;
  for (const auto& entry : entries) {
    for (const auto& line : entry.lines) text += line + "\n";
  }
  return text;
}

std::string best_match(std::string_view text, std::span<const Candidate> candidates) {
  const auto lower = conf::lower(text);
  std::string best;
  std::size_t most = 0;
  for (const auto& candidate : candidates) {
    for (const auto& fragment : candidate.fragments) {
      if (fragment.size() <= most || lower.find(conf::lower(fragment)) == std::string::npos) continue;
      most = fragment.size();
      best = candidate.profile;
    }
  }
  return best;
}

}  // namespace modem
