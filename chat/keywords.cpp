// The keywords of a script: Session's words that neither expect nor send.
#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include "chat/session.h"

namespace chat {
namespace {

// As atoi: blanks, a sign, digits; no number is 0.
long long leading_number(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t\n\v\f\r");
  if (start == std::string_view::npos) return 0;
  text.remove_prefix(start);
  if (text.starts_with('+')) text.remove_prefix(1);
  long long number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  constexpr long long most = std::numeric_limits<int>::max();
  if (read.ec == std::errc::result_out_of_range) return text.starts_with('-') ? -most : most;
  return std::clamp(number, -most, most);
}

}  // namespace

std::chrono::seconds leading_seconds(std::string_view text) { return std::chrono::seconds(leading_number(text)); }

std::optional<Session::Keyword> Session::keyword_of(const std::string& word) {
  static constexpr std::array<std::pair<std::string_view, Keyword>, 8> keywords{{
      {"ABORT", Keyword::abort},
      {"CLR_ABORT", Keyword::clear_abort},
      {"REPORT", Keyword::report},
      {"CLR_REPORT", Keyword::clear_report},
      {"TIMEOUT", Keyword::timeout},
      {"ECHO", Keyword::echo},
      {"HANGUP", Keyword::hangup},
      {"SAY", Keyword::say},
  }};
  for (const auto& [text, keyword] : keywords) {
    if (word == text) return keyword;
  }
  return std::nullopt;
}

void Session::obey(Keyword keyword, const std::string& value) {
  const std::string text = expand_expect(value, settings_);
  switch (keyword) {
    case Keyword::abort:
    case Keyword::report:
      return add_string(keyword, value);
    case Keyword::clear_abort:
      return clear_abort(value);
    case Keyword::clear_report:
      if (reports_.clear(text)) log("clear report (" + visible(value) + ")");
      return;
    case Keyword::timeout: {
      const auto seconds = leading_seconds(text);
      timeout_ = seconds.count() > 0 ? seconds : default_timeout;
      return log("timeout set to " + std::to_string(timeout_.count() / 1000) + " seconds");
    }
    case Keyword::echo:
      echo_ = text == "ON";
      return;
    case Keyword::hangup:
      actions_.emplace_back(ObeyHangup{text != "OFF"});
      return;
    case Keyword::say:
      actions_.emplace_back(Say{expand_send(value, settings_).text});
      return;
  }
}

// The log names the word as it was written.
void Session::add_string(Keyword keyword, const std::string& value) {
  const bool abort = keyword == Keyword::abort;
  const std::string name = abort ? "ABORT" : "REPORT";
  const std::string text = expand_expect(value, settings_);
  if ((abort ? aborts_.size() : reports_.count()) >= max_strings)
    return fault(status_signal, "Too many " + name + " strings");
  if (text.size() > max_string_bytes)
    return fault(status_error, "Illegal or too-long " + name + " string ('" + visible(value) + "')");
  log((abort ? "abort on (" : "report (") + visible(value) + ")");
  if (abort) {
    aborts_.emplace_back(text);
  } else {
    reports_.add(text);
  }
}

// Later entries move down, and with them their exit codes.
void Session::clear_abort(const std::string& value) {
  const std::string text = expand_expect(value, settings_);
  const auto found =
      std::find_if(aborts_.begin(), aborts_.end(), [&](const Matcher& abort) { return abort.text() == text; });
  if (found == aborts_.end()) return;
  aborts_.erase(found);
  log("clear abort on (" + visible(value) + ")");
}

}  // namespace chat
