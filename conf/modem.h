// modems/NAME.toml: one modem and the port that it hangs on, or what several of them have in common (inheritance.h).
// Every pause of ours is a key here.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "conf/cellular.h"
#include "conf/places.h"
#include "conf/toml.h"

namespace conf {

enum class FlowControl { none, rts_cts, xon_xoff };
// "none", "rts/cts", "xon/xoff".
std::optional<FlowControl> parse_flow(std::string_view text);
enum class HangUp { dtr, escape };
enum class ModemKind {
  hayes,
  cellular,  // "3gpp"
  iridium,
  null,  // a null modem cable, or a leased line: nobody there takes a command
};

struct ModemProfile {
  std::string name;               // of the file, without .toml
  std::string file;               // for the text of a failure
  std::string port;               // as port_name.h tells; "/dev/…" is resolved at each call; empty: a base for others
  std::optional<unsigned> speed;  // of the DTE, bit/s; none: as found
  FlowControl flow = FlowControl::rts_cts;
  ModemKind kind = ModemKind::hayes;
  std::vector<std::string> init{"ATZ", "ATE0V1Q0X4&C1&D2S0=0"};  // each is answered with OK
  std::string dial = "ATDT";                                     // for a call without a chat script
  std::string answer = "ATA";
  std::string hangup_command = "ATH0";
  std::string reset = "ATZ";              // of a modem that stopped answering; empty: not tried
  std::string report;                     // asked after a call for the log: how it ended; empty: not asked
  std::vector<std::string> identify;      // further questions who it is, beside those that every modem is asked
  std::vector<std::string> matches;       // what a modem of this kind says of itself, one of them at least
  std::string escape_off = "ATS2=255";    // while DTR can hang up on a `line` link; empty: not sent
  HangUp hangup = HangUp::dtr;            // over "tcp:", which has no DTR: escape
  bool carrier_detect = true;             // DCD is wired and follows the carrier (&C1)
  int rings = 1;                          // before answering
  std::chrono::milliseconds settle{500};  // after the port is opened: some modems need it
  std::chrono::milliseconds command_timeout{5000};  // for the answer to a command
  std::chrono::milliseconds command_pause{100};     // after OK: slow modems lose the first letter
  std::chrono::milliseconds reset_pause{1000};      // after ATZ's OK
  std::chrono::milliseconds pace{10};               // between two octets of a chat script
  std::chrono::milliseconds dtr_low{1000};
  std::chrono::milliseconds carrier_off{5000};       // for DCD to fall after a hang-up
  std::chrono::milliseconds guard_time{1100};        // of silence around the escape sequence; a little over S12
  std::chrono::milliseconds connect_timeout{90000};  // for CONNECT after a dial or an answer command
  std::string lock_dir = "/var/lock";                // of the UUCP lock files
  // The dear means to get a modem back, each at most once in recovery_interval.
  std::string restart;                  // the modem itself: AT+CFUN=1,1; empty: not tried
  std::vector<std::string> power_hook;  // a program that switches it off and on; empty: none
  std::chrono::milliseconds power_timeout{30000};
  std::chrono::milliseconds restart_time{60000};  // until it is there again and answers
  std::chrono::milliseconds recovery_interval{1800000};
  CellularProfile cellular;                          // of a modem with a SIM
};

// Asks the table for its keys; faults stay in the file (toml.h). A profile that only others inherit from needs no port.
ModemProfile read_modem(TomlTable& table, Need port);

// Printable ASCII of a bounded length: no octet of it can end the line and begin another.
bool is_command_line(std::string_view text);

// With what it inherits. Permanent with file, line and key for every fault. A name that is not there names the nearest
// that is.
base::Result<ModemProfile> load_modem(const Places& places, const std::string& name, Need port = Need::required);

}  // namespace conf
