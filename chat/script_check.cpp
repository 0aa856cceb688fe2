#include "chat/script_check.h"

#include <algorithm>
#include <cctype>

#include "base/log.h"
#include "chat/escapes.h"
#include "chat/keyword.h"
#include "chat/secrets.h"
#include "chat/session.h"

namespace chat {
namespace {

using Kind = ScriptFault::Kind;

bool has_bit_8(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

std::string upper_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

// Goes through the words as a session does, with nothing ever seen or missed.
class Checker {
 public:
  Checker(const std::vector<Word>& words, const Settings& settings, ScriptReport& report)
      : words_(words), settings_(settings), report_(report) {}

  void check() {
    for (std::size_t at = 0; at < words_.size(); at += 2) {
      const Word& word = words_[at];
      line_ = word.line;
      hidden_ = expand_send(word.text, settings_).hidden;
      const auto keyword = keyword_of(word.text);
      if (!keyword) check_expect(word.text);
      if (at + 1 == words_.size()) {
        if (keyword) warn(word.text + " without a value does nothing");
        return;
      }
      const Word& next = words_[at + 1];
      line_ = next.line;
      hidden_ = expand_send(next.text, settings_).hidden;
      if (keyword) {
        check_value(*keyword, next.text);
      } else {
        check_send(next.text);
      }
    }
  }

 private:
  void err(const std::string& text) { report_.add({Kind::error, line_, text}); }
  void warn(const std::string& text) { report_.add({Kind::warning, line_, text}); }

  // What \\q stands in is meant to be sent and hidden, and came here by a word too many or too few.
  [[nodiscard]] std::string quoted(std::string_view text) const {
    return "'" + (hidden_ ? std::string(hidden_text) : base::escape(text)) + "'";
  }

  void check_expect(const std::string& word) {
    if (word.starts_with('#')) warn("a comment begins in the first column: " + quoted(word) + " is expected");
    if (!keyword_of(word) && keyword_of(upper_case(word)))
      warn("a keyword is in upper case: " + quoted(word) + " is expected");
    const auto parts = split_expect(word);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (i % 2 == 0) {
        check_expected(expand_expect(parts[i], settings_));
      } else {
        check_send(parts[i]);
      }
    }
  }

  void check_expected(const std::string& text) {
    if (text.size() > max_expect_bytes)
      return err("an expect string of " + std::to_string(text.size()) + " octets: " + std::to_string(max_expect_bytes) +
                 " at most");
    if (has_bit_8(text) && !settings_.eight_bit)
      warn(quoted(text) + " is never seen: bit 8 of what is received is dropped");
    for (const auto& abort : aborts_) {
      const std::size_t at = text.find(abort);
      if (!abort.empty() && at != std::string::npos && at + abort.size() < text.size())
        warn(quoted(text) + " is never seen: the ABORT string " + quoted(abort) + " in it strikes first");
    }
  }

  void check_send(const std::string& word) {
    if (const auto name = file_of_send(word)) report_.files.push_back({line_, *name});
  }

  void check_value(Keyword keyword, const std::string& value) {
    const std::string text = expand_expect(value, settings_);
    switch (keyword) {
      case Keyword::abort:
        return add("ABORT", aborts_, text);
      case Keyword::clear_abort:
        return remove("CLR_ABORT", aborts_, text);
      case Keyword::report:
        return add("REPORT", reports_, text);
      case Keyword::clear_report:
        return remove("CLR_REPORT", reports_, text);
      case Keyword::timeout:
        if (leading_seconds(text).count() <= 0 || text.find_first_not_of("0123456789") != std::string::npos)
          warn("TIMEOUT " + quoted(text) + " is " + std::to_string(limit_of(text).count()) + " seconds");
        return;
      case Keyword::echo:
        if (text != "ON" && text != "OFF") warn("ECHO " + quoted(text) + " is OFF");
        return;
      case Keyword::hangup:
        if (text != "ON" && text != "OFF") warn("HANGUP " + quoted(text) + " is ON");
        return;
      case Keyword::say:
        return;
    }
  }

  static std::chrono::seconds limit_of(std::string_view text) {
    const auto limit = leading_seconds(text);
    return limit.count() > 0 ? limit : std::chrono::duration_cast<std::chrono::seconds>(default_timeout);
  }

  void add(const std::string& keyword, std::vector<std::string>& strings, const std::string& text) {
    if (text.size() > max_string_bytes)
      return err("a string of " + std::to_string(text.size()) + " octets for " + keyword + ": " +
                 std::to_string(max_string_bytes) + " at most");
    if (strings.size() == max_strings)
      return err("too many " + keyword + " strings: " + std::to_string(max_strings) + " at most");
    if (std::find(strings.begin(), strings.end(), text) != strings.end())
      warn(keyword + " " + quoted(text) + " is there already");
    if (text.empty()) warn(keyword + " of an empty string: any octet is one");
    if (has_bit_8(text) && !settings_.eight_bit)
      warn(quoted(text) + " is never seen: bit 8 of what is received is dropped");
    strings.push_back(text);
  }

  void remove(const std::string& keyword, std::vector<std::string>& strings, const std::string& text) {
    const auto found = std::find(strings.begin(), strings.end(), text);
    if (found == strings.end()) return warn(keyword + " " + quoted(text) + ": there is no such string");
    strings.erase(found);
  }

  const std::vector<Word>& words_;
  const Settings& settings_;
  ScriptReport& report_;
  int line_ = 0;  // of the word at hand
  bool hidden_ = false;
  std::vector<std::string> aborts_;
  std::vector<std::string> reports_;
};

// Faults of the text itself, whatever its words mean.
void check_text(std::string_view text, const ScriptReading& reading, ScriptReport& report) {
  if (text.size() > max_script_bytes)
    report.add({Kind::error, 1, "longer than " + std::to_string(max_script_bytes) + " octets"});
  for (const int line : reading.open_quotes) report.add({Kind::error, line, "unterminated quote"});
  for (const int line : reading.cut_lines)
    report.add({Kind::warning, line, "a line of more than " + std::to_string(max_line_bytes) + " octets is cut"});
  for (const int line : reading.glued_words)
    report.add({Kind::warning, line, "a closing quote ends the word: what follows it is another one"});
  const auto with_cr = std::find_if(reading.script.words.begin(), reading.script.words.end(),
                                    [](const Word& word) { return word.text.ends_with('\r'); });
  if (with_cr != reading.script.words.end())
    report.add({Kind::warning, with_cr->line, "CR at the end of a line is part of its last word"});
}

}  // namespace

void ScriptReport::add(ScriptFault fault) {
  const auto behind =
      std::find_if(faults.begin(), faults.end(), [&](const auto& other) { return other.line > fault.line; });
  faults.insert(behind, std::move(fault));
}

bool ScriptReport::has_error() const {
  return std::any_of(faults.begin(), faults.end(), [](const auto& fault) { return fault.kind == Kind::error; });
}

ScriptReport check_script(std::string_view text, const Settings& settings) {
  ScriptReport report;
  const auto reading = read_script(text.substr(0, max_script_bytes), "");
  check_text(text, reading, report);
  Checker(reading.script.words, settings, report).check();
  return report;
}

}  // namespace chat
