// Whether a link is to be called now. Pure: what is known goes in as values, a decision with its reason comes out.
//
// What is promised: whatever happens and however the wall clock is set, a link is not dialled more often than its
// ceilings say, nor when money says no, nor when it is stopped.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "conf/link_policy.h"
#include "modem/result_code.h"

namespace pppctl::policy {

using std::chrono::milliseconds;
using WallTime = std::chrono::sys_time<milliseconds>;

// For calls that nobody asked for, where the profile sets none.
inline constexpr std::int64_t unasked_dials_per_hour = 12;
inline constexpr std::int64_t unasked_dials_per_day = 60;
inline constexpr std::int64_t unasked_retries = 20;

struct Letter {
  std::uint64_t octets = 0;
  int priority = 0;
  bool is_automatic = false;
  milliseconds age{0};
};

// What the ledger knows of the link.
struct PastCalls {
  bool is_at_work = false;                                 // another session has a call open
  std::vector<milliseconds> dial_ages;                     // of the last day, the newest first
  std::optional<milliseconds> since_begin, since_end;      // of the last call
  std::int64_t failures = 0;                               // in a row
  std::optional<modem::Retry> retry;                       // what the last failure asks for
  std::string reason;                                      // of the last failure
  std::map<std::string, std::int64_t> failures_of_number;  // in a row, whatever other numbers do meanwhile
};

// What the caps and the tariff say to a call now.
struct MoneyAnswer {
  bool may = true;
  std::optional<milliseconds> wait;  // may not: for how long; none: until a person changes something
  std::string reason;
  std::int64_t cost_nano = 0;  // of a call that is made now, at least
};

enum class Asked {
  by_itself,  // by mail or clock: everything is heeded
  by_order,   // somebody asked for a call if mail waits: windows, pauses and amounts of mail are his affair
  always,     // and though no mail waits
};

struct Question {
  WallTime now;
  std::string link;
  conf::LinkPolicy policy;
  std::vector<std::string> numbers;  // of the link, in the order in which they are dialled
  Asked asked = Asked::by_itself;
  std::vector<Letter> letters;  // of the link's routes
  PastCalls past;
  MoneyAnswer money;
};

enum class Act { call, wait, stopped, never };

enum class Why {
  asked,
  mail,
  interval,
  nothing_waits,
  only_automatic,
  too_little,
  not_by_this_link,
  at_work,
  window,
  pause,
  back_off,
  hour_ceiling,
  day_ceiling,
  money,
  stopped,
  retries_used_up,
};

struct Decision {
  Act act = Act::wait;
  Why why = Why::nothing_waits;
  std::string reason;             // a sentence for people
  std::optional<WallTime> until;  // wait: look again then; none: when something happens
  // Call: so often it may be dialled in this call, where the next number is tried after one that is busy; none: no
  // limit.
  std::optional<std::size_t> most_dials{};
  std::vector<std::string> used_up{};  // call: numbers that are left out of it, as another is left
};

// The link is called now, or has been: its mail is about to go.
inline bool goes_now(const Decision& decision) { return decision.act == Act::call || decision.why == Why::at_work; }

Decision decide(const Question& question);

// The message may go by a link with this policy.
bool may_carry(const conf::LinkPolicy& policy, const Letter& letter);

}  // namespace pppctl::policy
