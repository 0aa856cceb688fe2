#include "chat/session.h"

#include <utility>

#include "base/bug.h"
#include "base/log.h"
#include "base/overloaded.h"

namespace chat {
namespace {

// What comes back of a send where the far end repeats it.
std::string repeated(const std::vector<SendPiece>& pieces, bool eight_bit) {
  std::string text;
  for (const auto& piece : pieces) {
    if (piece.kind == SendPiece::Kind::octet) text += static_cast<char>(piece.octet & (eight_bit ? 0xff : 0x7f));
  }
  return text;
}

}  // namespace

Session::Session(const Script& script, const Settings& settings)
    : script_(script), settings_(settings), timeout_(settings.timeout), echo_(settings.echo) {}

std::vector<Action> Session::start() {
  run();
  return std::exchange(actions_, {});
}

std::vector<Action> Session::on(const Event& event) {
  constexpr std::size_t usual_actions = 4;
  actions_.reserve(usual_actions);
  std::visit(base::Overloaded{
                 [&](const Octet& octet) { on_octet(octet.value); },
                 [&](const Expired&) { on_expired(); },
                 [&](const Sent&) { after_send(); },
                 [&](const FileText& file) { send_text(file.text, Secrecy::hidden); },
                 [&](const FileFailed& failed) { fault(status_error, failed.why); },
                 [&](const LineFailed& failed) { on_line_failed(failed); },
                 [&](const Interrupted& interrupted) {
                   finish(Done{status_signal, "", interrupted.why}, false);
                 },
             },
             event);
  run();
  return std::exchange(actions_, {});
}

void Session::run() {
  for (;;) {
    switch (state_) {
      case State::at_word:
        at_word();
        break;
      case State::at_expect:
        at_expect();
        break;
      case State::at_match:
        at_match();
        break;
      case State::at_send:
        at_send();
        break;
      case State::reading_file:
      case State::sending:
      case State::expecting:
      case State::draining:
      case State::finished:
        return;
    }
  }
}

void Session::at_word() {
  if (word_ >= script_.words.size()) return finish(Done{});
  const std::string& text = script_.words[word_].text;
  if (const auto keyword = keyword_of(text)) {
    const std::size_t value = word_ + 1;
    if (value >= script_.words.size()) return finish(Done{});  // without its value it does nothing
    obey(*keyword, script_.words[value].text);
    if (state_ == State::at_word) word_ += 2;
    return;
  }
  parts_ = split_expect(text);
  part_ = 0;
  // A word that is empty as it stands is not even logged.
  state_ = text.empty() ? State::at_match : State::at_expect;
}

void Session::at_expect() {
  const std::string text = expand_expect(parts_[part_], settings_);
  log("expect (" + visible(text) + ")");
  if (text.size() > max_expect_bytes) {
    actions_.emplace_back(Log{Log::Kind::failed, "expect string is too long"});
    return fail(status_error, "expect string is too long");
  }
  if (text.empty()) {
    log("got it");
    state_ = State::at_match;
    return;
  }
  expected_ = text;
  expect_matcher_ = Matcher({text});
  if (!abort_matcher_) abort_matcher_.emplace(aborts_);
  abort_matcher_->reset();
  reports_.reset();
  received_.take();
  actions_.emplace_back(Arm{timeout_});
  actions_.emplace_back(ReadOctet{});
  state_ = State::expecting;
}

void Session::at_match() {
  if (word_ + 1 >= script_.words.size()) return finish(Done{});
  in_sub_send_ = false;
  state_ = State::at_send;
}

void Session::at_send() {
  const std::string& word = in_sub_send_ ? parts_[part_] : script_.words[word_ + 1].text;
  auto file = file_of_send(word);
  if (!file) return send_text(word, Secrecy::open);
  actions_.emplace_back(Arm{timeout_});  // a FIFO that nobody writes to must not keep the line up for ever
  actions_.emplace_back(ReadFile{std::move(*file)});
  state_ = State::reading_file;
}

// What a file holds is a secret: it is never logged (chat 2.4.9 does log it).
void Session::send_text(const std::string& word, Secrecy secrecy) {
  if (word == "EOT") {
    log_send("^D", secrecy);
    return send({SendPiece{SendPiece::Kind::octet, 0x04}});
  }
  if (word == "BREAK") {
    log_send("\\K", secrecy);
    return send({SendPiece{SendPiece::Kind::line_break, 0}});
  }
  const SendString expanded = expand_send(word, settings_);
  if (expanded.hidden) secrecy = Secrecy::hidden;
  log_send(visible(expanded.text), secrecy);
  auto pieces = pieces_of(expanded.text);
  if (secrecy == Secrecy::hidden) secrets_.add(repeated(pieces, settings_.eight_bit));
  send(std::move(pieces));
}

void Session::log_send(const std::string& shown, Secrecy secrecy) {
  log("send (" + (secrecy == Secrecy::hidden ? std::string(hidden_text) : shown) + ")");
}

void Session::send(std::vector<SendPiece> pieces) {
  actions_.emplace_back(Arm{timeout_});
  actions_.emplace_back(Send{std::move(pieces)});
  state_ = State::sending;
}

void Session::after_send() {
  if (!in_sub_send_) {
    word_ += 2;
    state_ = State::at_word;
  } else if (++part_ < parts_.size() && (part_ + 1 < parts_.size() || !parts_[part_].empty())) {
    state_ = State::at_expect;
  } else {  // nothing to expect after the last sub-send
    state_ = State::at_match;
  }
}

void Session::on_octet(unsigned char octet) {
  if (!settings_.eight_bit) octet &= 0x7f;
  const char c = static_cast<char>(octet);
  if (state_ == State::draining) return on_drained_octet(c);
  if (state_ != State::expecting) base::bug("an octet that was not asked for");
  if (secrets_.none()) {
    show(c);
  } else {
    for (const char shown : secrets_.feed(c)) show(shown);
  }
  if (auto report = reports_.feed(c)) actions_.emplace_back(Report{secrets_.hide(*report)});
  look_at(c);
}

void Session::show(char c) {
  if (echo_) {
    if (auto shown = echo_text_.feed(c); !shown.empty()) actions_.emplace_back(Echo{std::move(shown)});
  }
  if (auto line = received_.feed(c)) log(std::move(*line));
  actions_.emplace_back(Received{static_cast<unsigned char>(c)});
}

// The expect string before the abort strings: who expects CARRIER has it, though NO CARRIER ends on the same octet.
void Session::look_at(char c) {
  const bool matched = expect_matcher_.feed(c).has_value();
  const auto struck = abort_matcher_->feed(c);
  if (!matched && !struck) {
    actions_.emplace_back(ReadOctet{});
    return;
  }
  for (const char shown : secrets_.release(matched ? expected_ : aborts_[*struck])) show(shown);
  if (auto last = received_.take(); !last.empty()) log(std::move(last));
  if (matched) {
    log(" -- got it");
    state_ = State::at_match;
    return;
  }
  log(" -- failed");
  const std::string& text = aborts_[*struck];
  fail(status_abort + static_cast<int>(*struck),
       "'" + base::escape(text) + "' while '" + base::escape(expected_) + "' was expected", text);
}

void Session::on_expired() {
  switch (state_) {
    case State::expecting:
      log("alarm");
      // The last part is a sub-send only when there is something in it.
      if (part_ + 1 < parts_.size() && (part_ + 2 < parts_.size() || !parts_[part_ + 1].empty())) {
        ++part_;
        in_sub_send_ = true;
        state_ = State::at_send;
        return;
      }
      return fail(status_timeout, "expected '" + base::escape(expected_) + "' for " + limit());
    case State::sending:
      log("alarm");
      log(" -- write timed out");
      drains_at_once_ = true;  // as chat 2.4.9
      return fault(status_error, "Failed", "a send took longer than " + limit());
    case State::reading_file:
      log("alarm");
      return fault(status_error, "Failed", "reading a send took longer than " + limit());
    case State::draining:
      if (!drains_at_once_) log("alarm");
      actions_.emplace_back(Report{secrets_.hide(reports_.take())});
      return finish(std::move(done_));
    case State::at_word:
    case State::at_expect:
    case State::at_match:
    case State::at_send:
    case State::finished:
      break;
  }
  base::bug("a limit passed that was not armed");
}

void Session::on_line_failed(const LineFailed& failed) {
  if (failed.ended) actions_.emplace_back(Log{Log::Kind::failed, "warning: read() on stdin returned 0"});
  if (state_ == State::draining) return finish(std::move(done_), false);
  const bool sending = state_ == State::sending;
  if (sending) log(" -- write failed: " + failed.why);
  const int status = failed.gone ? status_signal : sending ? status_error : status_timeout;
  actions_.emplace_back(Log{sending ? Log::Kind::error : Log::Kind::failed, "Failed"});
  finish(Done{status, "", (failed.gone ? "the line is gone: " : "") + failed.why + place()});
}

void Session::on_drained_octet(char c) {
  auto report = reports_.feed(c);
  if (!report && reports_.full()) report = reports_.take();
  if (report) {
    actions_.emplace_back(Report{secrets_.hide(*report)});
    return finish(std::move(done_));
  }
  actions_.emplace_back(arm_drain());
  actions_.emplace_back(ReadOctet{});
}

Arm Session::arm_drain() const {
  return Arm{drains_at_once_ ? std::chrono::milliseconds(1) : std::chrono::milliseconds(1000)};
}

void Session::fail(int status, const std::string& why, const std::string& matched) {
  const bool aborted = status >= status_abort;
  actions_.emplace_back(Log{Log::Kind::failed, aborted ? "Failed (" + visible(matched) + ")" : "Failed"});
  finish(Done{status, matched, why + place()});
}

void Session::fault(int status, const std::string& text, const std::string& why) {
  actions_.emplace_back(Log{Log::Kind::error, text});
  finish(Done{status, "", (why.empty() ? text : why) + place()});
}

void Session::finish(Done done, bool drains) {
  for (const char shown : secrets_.finish()) show(shown);
  if (auto rest = echo_text_.finish(); !rest.empty()) actions_.emplace_back(Echo{std::move(rest)});
  if (reports_.collecting() && drains) {
    done_ = std::move(done);
    actions_.emplace_back(arm_drain());
    actions_.emplace_back(ReadOctet{});
    state_ = State::draining;
    return;
  }
  if (reports_.collecting()) actions_.emplace_back(Report{secrets_.hide(reports_.take())});
  actions_.emplace_back(std::move(done));
  state_ = State::finished;
}

std::string Session::place() const {
  if (word_ >= script_.words.size()) return {};
  const std::size_t at = in_sub_send_ || state_ == State::expecting || state_ == State::at_expect ||
                                 state_ == State::at_word || word_ + 1 >= script_.words.size()
                             ? word_
                             : word_ + 1;
  const int line = script_.words[at].line;
  if (line == 0) return ", word " + std::to_string(at + 1) + " of the script";
  return ", line " + std::to_string(line) + " of " + script_.name;
}

std::string Session::limit() const {
  const auto count = timeout_.count();
  return count % 1000 == 0 ? std::to_string(count / 1000) + " s" : std::to_string(count) + " ms";
}

}  // namespace chat
