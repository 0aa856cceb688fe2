// Any octets up to the first NUL as a chat script, the rest as what the line brings (FF: nothing in time). The script
// comes to its end in a bounded number of steps; each batch of actions ends with the one that waits; what a file holds
// is never shown; and the shell around the session says and does the same as the session by itself.
#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "chat/conversation.h"
#include "chat/script_check.h"
#include "chat/session.h"

namespace {

constexpr unsigned char nothing_in_time = 0xff;

void require(bool held) {
  if (!held) std::abort();
}

struct Seen {
  std::string sent, logs, said, echoed, reports, received, matched, why;
  int status = -1;

  bool operator==(const Seen&) const = default;
};

bool waits(const chat::Action& action) {
  return std::holds_alternative<chat::Send>(action) || std::holds_alternative<chat::ReadOctet>(action) ||
         std::holds_alternative<chat::ReadFile>(action) || std::holds_alternative<chat::Done>(action);
}

// The session by itself, on a line that is lost once its octets are used up without a limit.
class Bench {
 public:
  Bench(const chat::Script& script, const chat::Settings& settings, std::string_view line)
      : session_(script, settings), line_(line), most_steps_(4 * line.size() + 64) {
    for (const auto& word : script.words) most_steps_ += 4 * word.text.size() + 8;
  }

  Seen run() {
    auto actions = session_.start();
    for (std::size_t steps = 0; seen_.status < 0; ++steps) {
      require(steps <= most_steps_);
      actions = session_.on(perform(actions));
    }
    return seen_;
  }

 private:
  chat::Event perform(const std::vector<chat::Action>& actions) {
    require(!actions.empty() && waits(actions.back()));
    for (std::size_t i = 0; i + 1 < actions.size(); ++i) require(!waits(actions[i]));
    for (const auto& action : actions) note(action);
    const auto& last = actions.back();
    if (std::holds_alternative<chat::ReadFile>(last)) {
      sends_file_ = true;
      return chat::FileText{"a secret"};
    }
    if (std::holds_alternative<chat::ReadOctet>(last)) return read();
    return chat::Sent{};
  }

  void note(const chat::Action& action) {
    if (const auto* arm = std::get_if<chat::Arm>(&action)) has_limit_ = arm->within.count() > 0;
    if (const auto* log = std::get_if<chat::Log>(&action)) note_log(*log);
    if (const auto* say = std::get_if<chat::Say>(&action)) seen_.said += say->text;
    if (const auto* echo = std::get_if<chat::Echo>(&action)) seen_.echoed += echo->text;
    if (const auto* got = std::get_if<chat::Received>(&action)) {
      require(got->octet < 0x80);
      seen_.received += static_cast<char>(got->octet);
    }
    if (const auto* report = std::get_if<chat::Report>(&action)) {
      require(report->text.size() <= chat::max_report_bytes * chat::hidden_text.size());
      seen_.reports += report->text + "\n";
    }
    if (const auto* send = std::get_if<chat::Send>(&action)) note_send(*send);
    if (const auto* done = std::get_if<chat::Done>(&action)) {
      seen_.status = done->status;
      seen_.matched = done->matched;
      seen_.why = done->why;
      require(done->status >= 0 && done->status < chat::status_abort + static_cast<int>(chat::max_strings));
      require(done->why.empty() == (done->status == chat::status_done));
    }
  }

  void note_log(const chat::Log& log) {
    if (sends_file_ && log.text.starts_with("send (")) {
      require(log.text == std::string("send (") + std::string(6, '?') + ")");
      sends_file_ = false;
    }
    seen_.logs += log.text + "\n";
  }

  void note_send(const chat::Send& send) {
    require(!sends_file_);
    for (const auto& piece : send.pieces) {
      if (piece.kind == chat::SendPiece::Kind::octet) seen_.sent += static_cast<char>(piece.octet);
    }
  }

  chat::Event read() {
    if (line_.empty() && !has_limit_) return chat::LineFailed{"Input/output error", true};
    if (line_.empty()) return chat::Expired{};
    const auto octet = static_cast<unsigned char>(line_.front());
    line_.remove_prefix(1);
    if (octet == nothing_in_time && has_limit_) return chat::Expired{};
    return chat::Octet{octet};
  }

  chat::Session session_;
  std::string_view line_;
  std::size_t most_steps_;
  Seen seen_;
  bool has_limit_ = false;
  bool sends_file_ = false;
};

// The same line for the shell.
class MemoryLine final : public chat::Line {
 public:
  MemoryLine(std::string_view octets, std::string& sent) : octets_(octets), sent_(sent) {}

  base::Result<std::optional<unsigned char>> read_octet(const base::Deadline& deadline) override {
    if (octets_.empty() && deadline.never()) return base::system_failure("read", EIO);
    if (octets_.empty()) return std::optional<unsigned char>();
    const auto octet = static_cast<unsigned char>(octets_.front());
    octets_.remove_prefix(1);
    if (octet == nothing_in_time && !deadline.never()) return std::optional<unsigned char>();
    return std::optional<unsigned char>(octet);
  }
  base::Result<void> write_octet(unsigned char octet, const base::Deadline& /*deadline*/) override {
    sent_ += static_cast<char>(octet);
    return {};
  }
  base::Result<void> send_break() override { return {}; }
  base::Result<void> pause(const base::Deadline& /*deadline*/) override { return {}; }

 private:
  std::string_view octets_;
  std::string& sent_;
};

Seen conversed(const chat::Script& script, const chat::Settings& settings, std::string_view octets) {
  Seen seen;
  MemoryLine line(octets, seen.sent);
  chat::Listener listener;
  listener.log = listener.failed = listener.error = [&](std::string_view text) { seen.logs.append(text).append("\n"); };
  listener.echo = [&](std::string_view text) { seen.echoed += text; };
  listener.say = [&](std::string_view text) { seen.said += text; };
  listener.report = [&](std::string_view text) { seen.reports.append(text).append("\n"); };
  listener.received = [&](unsigned char octet) { seen.received += static_cast<char>(octet); };
  auto ending = chat::converse(script, settings, line, listener);
  seen.status = ending.status;
  seen.matched = std::move(ending.matched);
  seen.why = std::move(ending.why);
  return seen;
}

void check_words(std::string_view text, const chat::Script& script) {
  int line = 1;
  for (const auto& word : script.words) {
    require(word.line >= line && text.find(word.text) != std::string_view::npos);
    require(word.text.size() <= chat::max_line_bytes);
    line = word.line;
  }
  const auto ended = chat::parse_script(std::string(text) + "\n", "SCRIPT");
  require(ended && ended->words.size() == script.words.size());
}

// The check finds what keeps a script from being parsed, and its faults stand by their lines.
void check_faults(std::string_view text, bool parsed, const chat::Settings& settings) {
  const auto report = chat::check_script(text, settings);
  int line = 1;
  bool open_quote = false;
  for (const auto& fault : report.faults) {
    require(fault.line >= line && !fault.text.empty());
    line = fault.line;
    open_quote = open_quote || fault.text == "unterminated quote";
  }
  require(open_quote != parsed);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto text = input.substr(0, input.find('\0'));
  const auto line = input.substr(std::min(text.size() + 1, input.size()));
  const auto script = chat::parse_script(text, "SCRIPT");
  check_faults(text, script.has_value(), chat::Settings{});
  if (!script) {
    require(script.error().kind == base::FailureKind::permanent && !script.error().text.empty());
    return 0;
  }
  check_words(text, *script);
  chat::Settings settings;
  settings.pace = {};
  settings.phone = "5551212";
  settings.environment = chat::Environment{{"NAME", "value\\p^M"}, {"A", ""}};
  const auto alone = Bench(*script, settings, line).run();
  // The shell would open the files that a script names.
  if (text.find('@') == std::string_view::npos) require(conversed(*script, settings, line) == alone);
  settings.environment.reset();
  settings.timeout = {};
  require(Bench(*script, settings, line).run().status >= 0);
  return 0;
}
