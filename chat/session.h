// The expect/send machine of chat(8): octets and the passing of time in, what is to be done out. It never touches the
// line, a clock, a file or the log.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "chat/escapes.h"
#include "chat/keyword.h"
#include "chat/matcher.h"
#include "chat/report_book.h"
#include "chat/script.h"
#include "chat/secrets.h"
#include "chat/settings.h"
#include "chat/transcript.h"

namespace chat {

inline constexpr std::size_t max_strings = 50;       // of ABORT, and of REPORT
inline constexpr std::size_t max_string_bytes = 49;  // of each of them
inline constexpr std::size_t max_expect_bytes = 1024;
inline constexpr std::size_t max_file_string_bytes = 1023;  // of a file named by @

// Events.
struct Octet {
  unsigned char value = 0;
};
struct Expired {};  // the limit that was armed has passed
struct Sent {};     // all of the last Send is out
struct FileText {   // what ReadFile asked for
  std::string text;
};
struct FileFailed {
  std::string why;  // "open failed: No such file or directory"
};
struct LineFailed {
  std::string why;
  bool gone = false;   // and not only an error of this read or write
  bool ended = false;  // and not failed: there is no more to read
};
struct Interrupted {  // by a signal
  std::string why;
};
using Event = std::variant<Octet, Expired, Sent, FileText, FileFailed, LineFailed, Interrupted>;

// Actions, in this order. The last of a batch is one of Send, ReadOctet, ReadFile and Done: an event answers it.
struct Arm {
  std::chrono::milliseconds within{0};  // 0: no limit
};
struct Log {
  enum class Kind { step, failed, error };
  Kind kind = Kind::step;
  std::string text;
};
struct Echo {
  std::string text;
};
struct Received {  // what can be shown of it
  unsigned char octet = 0;
};
struct Say {
  std::string text;
};
struct Report {
  std::string text;
};
struct ObeyHangup {
  bool on = true;
};
struct Send {  // a pace before each octet; the limit is looked at before each octet and at no other time
  std::vector<SendPiece> pieces;
};
struct ReadOctet {};
struct ReadFile {
  std::string name;
};
struct Done {
  int status = status_done;
  std::string matched;
  std::string why;
};
using Action = std::variant<Arm, Log, Echo, Received, Say, Report, ObeyHangup, Send, ReadOctet, ReadFile, Done>;

class Session {
 public:
  // Script and settings must outlive the session.
  Session(const Script& script, const Settings& settings);

  std::vector<Action> start();
  std::vector<Action> on(const Event& event);

 private:
  // Those with at_ are passed through; the others wait for an event.
  enum class State { at_word, at_expect, at_match, at_send, reading_file, sending, expecting, draining, finished };
  enum class Secrecy { open, hidden };

  void run();
  void at_word();
  void at_expect();
  void at_match();
  void at_send();
  void send_text(const std::string& word, Secrecy secrecy);
  void log_send(const std::string& shown, Secrecy secrecy);
  void send(std::vector<SendPiece> pieces);
  void after_send();

  void obey(Keyword keyword, const std::string& value);
  void add_string(Keyword keyword, const std::string& value);
  void clear_abort(const std::string& value);

  void on_octet(unsigned char octet);
  void show(char c);
  void look_at(char c);
  void on_drained_octet(char c);
  void on_expired();
  void on_line_failed(const LineFailed& failed);

  void log(std::string text) { actions_.push_back(Log{Log::Kind::step, std::move(text)}); }
  // The end, with or without chat(8)'s last words; a report that is being collected is collected to its end first.
  void fail(int status, const std::string& why, const std::string& matched = {});
  void fault(int status, const std::string& text, const std::string& why = {});
  void finish(Done done, bool drains = true);
  [[nodiscard]] Arm arm_drain() const;
  [[nodiscard]] std::string place() const;
  [[nodiscard]] std::string limit() const;

  const Script& script_;
  const Settings& settings_;
  State state_ = State::at_word;
  std::vector<Action> actions_;

  std::size_t word_ = 0;            // of the script: the expect word of the pair at hand
  std::vector<std::string> parts_;  // of that word: expect, sub-send, expect, …
  std::size_t part_ = 0;
  bool in_sub_send_ = false;  // what is sent is parts_[part_], else the word after word_

  std::chrono::milliseconds timeout_;
  std::string expected_;  // what is waited for
  Matcher expect_matcher_;
  std::vector<std::string> aborts_;
  std::optional<Matcher> abort_matcher_;  // made for the first expect after a change of the strings
  ReportBook reports_;
  ReceivedText received_;
  EchoText echo_text_;
  Secrets secrets_;
  bool echo_;
  Done done_;                    // while draining
  bool drains_at_once_ = false;  // only what has come already
};

}  // namespace chat
