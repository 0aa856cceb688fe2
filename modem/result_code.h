// A DCE's result codes (V.250 §6, and what makers added), read as whole lines, and what to conclude from each.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace modem {

enum class ResultKind {
  ok,
  connect,
  ring,
  no_carrier,
  error,
  no_dialtone,
  busy,
  no_answer,
  delayed,
  blacklisted,
  voice,
  fax,
  line_in_use,
  progress,     // DIALING, RINGING, CARRIER …, PROTOCOL …, COMPRESSION …: more will come
  information,  // anything else: an echo, the text of ATI, noise
};

struct ResultCode {
  ResultKind kind = ResultKind::information;
  std::string text;               // the line as it came, without its end
  std::optional<unsigned> speed;  // CONNECT's number, bit/s
  bool error_corrected = false;   // CONNECT names error correction: /ARQ, /LAPM, /V42, /MNP, /REL, EC …
};

// Verbose and numeric (0 to 4, 6 to 8) codes; CONNECT's forms.
ResultCode parse_result_code(std::string_view line);

// The final answer to a command: OK, CONNECT, ERROR and every failure of a call.
bool is_final(ResultKind kind);

// The cause decides what happens next (design: soon, later, or stop and tell a person).
enum class Retry { soon, later, stop };
std::string_view word(Retry retry);  // "soon", "later", "stop"

struct Trouble {
  Retry retry = Retry::later;
  std::string text;    // one line: what was tried, on what, why
  std::string advice;  // one line: what a person can do; empty: nothing but wait
  // EINTR: a signal ended it; ETIMEDOUT: the modem did not answer; ENODEV, EACCES, EBUSY …: the system's; else 0.
  int error = 0;
  bool off_hook = false;            // it was tried to hang up, and the line may still be up
  bool wants_other_number = false;  // BUSY, NO ANSWER: another line of the same place may be free
  bool is_unanswered = false;       // the modem said that nobody took the call

  [[nodiscard]] std::string line() const { return advice.empty() ? text : text + " (" + advice + ")"; }
};

// "90 s", "300 ms".
std::string time_text(std::chrono::milliseconds time);

// What a failure code as the answer to a dial means. Only for kinds that are failures of a call. after: how long the
// dial command had been given, where that is known; NO CARRIER means another thing at once than after S7.
Trouble trouble_of(const ResultCode& code, std::string_view number,
                   std::optional<std::chrono::milliseconds> after = std::nullopt);

// Lines from octets: CR, LF and CR LF end one, empty ones are dropped, what is longer than max_bytes is cut there.
class ResultReader {
 public:
  static constexpr std::size_t max_bytes = 512;

  // A line that this octet completed.
  std::optional<std::string> feed(unsigned char octet);
  // What has come since the last line end.
  [[nodiscard]] const std::string& partial() const { return line_; }
  void reset() { line_.clear(); }

 private:
  std::string line_;
};

}  // namespace modem
