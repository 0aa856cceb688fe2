// A call as the ledger has it. Plain values; the ledger alone knows how they are stored.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modem/result_code.h"
#include "pppctl/moment.h"
#include "pppctl/money/cost.h"
#include "pppctl/process.h"

namespace pppctl {

// What has been reached; a failure ends the phase in which it happened.
enum class Phase { idle, locked, port_open, modem_ready, dialling, connected, ppp_up, jobs, draining, hanging_up };
std::string_view word(Phase phase);

enum class CallResult {
  open,       // the session is at work, or died without a word
  ok,         // all went
  mail_left,  // the call went well, the server wants some of the mail later
  failed,
  stopped,         // by a signal
  budget_reached,  // the tariff's next step was not allowed, or not worth it
  died,            // without a word; what is known was found by recover
};
std::string_view word(CallResult result);

inline constexpr std::size_t max_reason_bytes = 1000;  // in the ledger and on a terminal

struct CallStart {
  std::string link, kind, number, modem;  // of several numbers the one that was dialled last
  std::string port;                       // as the modem's profile names it
  std::string device;                     // what that was when the call began; empty: nothing was there
  std::string lock_dir;
  ProcessId process;
  Moment started;
  // Whose money it is, in what, by which tariff; empty: the link has no price.
  std::string account{}, currency{}, tariff{};
};

// What the modem said of the connection.
struct ConnectionNote {
  std::string connect;
  std::optional<unsigned> speed;  // bit/s
};

// The network interface of a call over PPP.
struct InterfaceNote {
  std::string name, local_ip, remote_ip;
};

// What a modem said of its network before the call, and of the call after it; empty what it did not say.
struct ModemNote {
  std::string network, carrier, signal, report;
};

struct Octets {
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
};

struct PhaseRecord {
  std::string name;
  std::int64_t at_ms = 0;               // since the call's start
  std::optional<std::int64_t> took_ms;  // none: it goes on, or the session died in it
  std::string result;                   // "ok", "failed"; empty as long as it goes on
  std::string retry, reason;
  std::string number{};  // that was dialled in it
};

struct JobRecord {
  std::string job, route;
  std::optional<int> exit;  // none: a signal ended it
  std::optional<int> signal;
  std::uint64_t accepted = 0, refused = 0, deferred = 0, left = 0, unknown = 0;
  Octets octets;
  std::int64_t took_ms = 0;
  std::string text;  // why it ended as it did: the last line that it said
};

// What has become known of a call since its phase changed last.
struct CallNews {
  std::optional<std::string> number;  // that was dialled in the phase in hand, where it was not us who did
  std::optional<ConnectionNote> connection;
  std::optional<InterfaceNote> interface;
  std::optional<ModemNote> modem;
  std::vector<JobRecord> jobs;

  [[nodiscard]] bool empty() const { return !number && !connection && !interface && !modem && jobs.empty(); }
};

struct Call {
  std::int64_t id = 0;
  CallStart start;
  std::string phase;
  std::string connect;  // the CONNECT line
  std::optional<std::int64_t> speed;
  InterfaceNote interface;
  ModemNote modem;
  std::optional<std::int64_t> answered_wall_ms;
  Octets octets;
  std::int64_t reserved_nano = 0;
  Octets reserved_octets;
  std::optional<money::Cost> cost;  // none: not settled yet, or without a price
  Moment updated;
  std::optional<std::int64_t> on_hook_boot_ms;  // the line was taken down then
  std::optional<Moment> ended;
  std::string result, retry, reason;
  std::optional<int> exit;
  std::vector<PhaseRecord> phases;
  std::vector<JobRecord> jobs;
};

struct CallEnd {
  CallResult result = CallResult::failed;
  std::string retry, reason;
  std::optional<int> exit;
  Moment at;
  std::optional<std::int64_t> on_hook_boot_ms;
};

// Whether the last calls of a link went well; what people hear without a terminal hangs on its changes.
struct LinkState {
  std::string link;
  bool failing = false;
  std::int64_t since_wall_ms = 0;
  std::string retry, reason;
  std::int64_t count = 0;  // failures in a row
};

}  // namespace pppctl
