// How long a call would take, from what is known of the line and what waits. Pure.
//
//   set-up | greeting, EHLO | envelope, body, reply; envelope, body, reply; … | QUIT | hang-up
//
// With PIPELINING an envelope leaves right behind the body before it: a message costs one round trip besides its
// octets.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "conf/link.h"
#include "conf/modem.h"
#include "pppctl/call_record.h"

namespace pppctl::forecast {

using Seconds = std::chrono::duration<double>;

// The least, the usual and the most that was seen.
struct Range {
  double least = 0, usual = 0, most = 0;
};

struct Pace {
  Range set_up;           // seconds from the begin of the session to the first octet of mail's dialogue
  Range rate;             // octets a second, one way
  Range round_trip;       // seconds for a command and its reply
  Range hang_up;          // seconds
  std::size_t calls = 0;  // that this was taken from; 0: assumed
};

inline constexpr std::size_t calls_looked_at = 10;

// From the last calls that carried mail, the newest first. None: no call tells enough.
std::optional<Pace> pace_of(const std::vector<Call>& calls);
// What is usual for such a modem. Nothing was measured.
Pace assumed_pace(const conf::LinkProfile& link, const conf::ModemProfile& modem);

// What a flush would send: `maildirserial --plan --json`.
struct Load {
  std::uint64_t messages = 0;  // transactions: copies go with the message before them
  std::uint64_t copies = 0;
  std::uint64_t octets = 0;
  std::uint64_t kept = 0;  // by a bound
  std::uint64_t held = 0;  // cannot be sent as they are
};

struct Forecast {
  Range total;                                               // seconds
  double set_up = 0, dialogue = 0, octets = 0, hang_up = 0;  // of the usual one
};

Forecast forecast(const Pace& pace, const std::vector<Load>& loads);

}  // namespace pppctl::forecast
