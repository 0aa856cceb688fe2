// A command and its answer (V.250 §5): the input is flushed, the command sent, its echo dropped, and whole lines are
// read until a final result or until the time is up. Lines, not substrings: the echo of ATDT5551212 may contain
// anything.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "modem/result_code.h"

namespace modem {

enum class Final {
  ok,       // of a command that stays in command state: OK and ERROR; the end of an earlier call is passed over
  connect,  // of a dial or answer command: CONNECT and everything that ends the attempt
};

struct AtCommand {
  std::string bytes;  // with its CR, if it has one
  Final final = Final::ok;
  std::chrono::milliseconds limit{5000};
};

struct AtAnswer {
  ResultCode code;                       // when answered
  bool answered = false;                 // false: the time passed
  bool echoed = false;                   // the command itself came back
  bool noise = false;                    // no answer, and what came is no echo alone
  std::vector<std::string> lines;        // what came besides: information text, progress
  std::vector<std::string> unsolicited;  // what the modem said on its own account
  int rings = 0;                         // unsolicited RING
  std::uint64_t octets = 0;              // that came in all
};

class AtDialogue {
 public:
  static constexpr std::size_t max_lines = 64;  // of information text that are kept, and of unsolicited ones

  explicit AtDialogue(AtCommand command);

  struct Octet {
    unsigned char value = 0;
  };
  struct Expired {};  // the time that we armed is over
  using Event = std::variant<Octet, Expired>;

  struct Flush {};  // throw away what has come in: it belongs to nobody
  struct Arm {
    std::chrono::milliseconds within;
  };
  struct Write {
    std::string bytes;
  };
  struct Done {
    AtAnswer answer;
  };
  using Action = std::variant<Flush, Arm, Write, Done>;

  std::vector<Action> start();
  // Octet by octet: what follows CONNECT's line end belongs to the line's next reader.
  std::vector<Action> on(const Event& event);

 private:
  enum class State { idle, waiting, line_end, finished };
  std::vector<Action> on_octet(unsigned char octet);
  std::vector<Action> on_line(std::string line, unsigned char end);
  std::vector<Action> on_expired();
  std::vector<Action> finish();

  AtCommand command_;
  std::string echo_;
  State state_ = State::idle;
  ResultReader reader_;
  AtAnswer answer_;
  bool corrected_ = false;  // PROTOCOL: LAP-M came before a CONNECT that does not say so
};

// True for a failure of a call as the answer to a dial or answer command, whatever its cause.
bool ends_call(ResultKind kind);

// CONNECT in words is followed by LF after its CR (V.250 §5.7.1); the number that stands for it is not.
bool has_line_feed(const ResultCode& connect);

// The command line dials, answers or goes back on line: from it on, the results are those of a call. Without its CR.
bool starts_call(std::string_view command_line);

// "ATZ", "atz1", "AT&FZ": the modem forgets the rest of the line and needs a pause (V.250 §6.1.1).
bool resets(std::string_view command_line);

}  // namespace modem
