// What a conversation is told besides its script.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

namespace chat {

using Environment = std::map<std::string, std::string, std::less<>>;

inline constexpr std::chrono::milliseconds default_timeout{45000};

struct Settings {
  std::chrono::milliseconds timeout = default_timeout;  // the first time limit; 0: none
  std::chrono::milliseconds pace{10};                   // before each octet that is sent
  bool echo = false;                                    // ECHO ON from the start
  bool eight_bit = false;                               // false, as chat(8): bit 8 of what comes in is dropped
  std::optional<std::string> phone;                     // \T
  std::optional<std::string> phone2;                    // \U
  std::optional<Environment> environment;               // for $NAME (-E); none: a dollar is a dollar
};

// chat(8)'s exit statuses; 4 and more: abort string number status - 4.
inline constexpr int status_done = 0;
inline constexpr int status_error = 1;    // usage, script, a send not finished in time, a write error
inline constexpr int status_signal = 2;   // a signal, no terminal, the line is gone
inline constexpr int status_timeout = 3;  // an expect string was not seen in time, or read error
inline constexpr int status_abort = 4;

}  // namespace chat
