// One submission connection as a state machine: octets in, actions out. The protocol stands in mta-qmgr(8).
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "mta/mail/netstring.h"
#include "mta/mail/queue_entry.h"

namespace mta {

class Intake {
 public:
  struct Begin {};  // a message will follow
  struct Message {
    std::string octets;
  };
  struct Commit {
    std::string envelope;  // checked: F…, at least one T…, the closing NUL
  };
  struct List {};
  struct Poke {};  // everything waiting is due now
  struct ShowClock {};
  struct ConfirmClock {};
  struct Reject {  // answer this (code: qmail-queue's), then close
    int code;
    std::string text;
  };
  using Action = std::variant<Begin, Message, Commit, List, Poke, ShowClock, ConfirmClock, Reject>;

  static constexpr std::size_t max_chunk_bytes = 65536;

  // After anything but Begin and Message nothing more is taken: one request a connection.
  std::vector<Action> on(std::string_view octets);
  [[nodiscard]] bool finished() const { return state_ == State::finished; }

 private:
  enum class State { greeting, message, finished };
  std::vector<Action> on_netstring(std::string content);
  std::vector<Action> on_greeting(const std::string& content);
  std::vector<Action> on_message(std::string content);
  std::vector<Action> reject(int code, std::string text);

  State state_ = State::greeting;
  mail::NetstringParser parser_{mail::max_envelope_bytes + 1};
};

}  // namespace mta
