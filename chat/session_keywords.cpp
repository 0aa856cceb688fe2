// What a script's keywords do to its session.
#include <algorithm>

#include "chat/session.h"

namespace chat {

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
    aborts_.push_back(text);
    abort_matcher_.reset();
  } else {
    reports_.add(text);
  }
}

// Later entries move down, and with them their exit codes.
void Session::clear_abort(const std::string& value) {
  const std::string text = expand_expect(value, settings_);
  const auto found = std::find(aborts_.begin(), aborts_.end(), text);
  if (found == aborts_.end()) return;
  aborts_.erase(found);
  abort_matcher_.reset();
  log("clear abort on (" + visible(value) + ")");
}

}  // namespace chat
