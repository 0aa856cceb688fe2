// links/NAME.toml: a way to another site and when it carries what.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "conf/caps.h"
#include "conf/link_command.h"
#include "conf/link_policy.h"
#include "conf/link_ppp.h"
#include "conf/places.h"
#include "conf/toml.h"

namespace conf {

enum class LinkKind { ppp, line, command, always };
enum class Job { flush, fetch, turn, hook };

struct LinkProfile {
  std::string name;  // of the file, without .toml
  std::string file;  // for the text of a failure
  LinkKind kind = LinkKind::line;
  std::vector<std::string> routes;    // the spools that it may carry
  std::vector<Job> jobs{Job::flush};  // in this order while the line is up
  std::string modem;                  // modems/NAME.toml; needed for line and ppp
  std::vector<std::string> modems;    // all of them: the first that is free is used
  std::string phone;
  std::vector<std::string> phones;  // all of them: the next one after BUSY or NO ANSWER
  std::string chat;                 // chat/NAME; empty: the modem profile's dial command
  std::string tariff;
  std::string account;    // whose money it is; the link's own name where the file names none
  Caps caps;              // of this link alone
  bool reliable = false;  // the line is free of errors though CONNECT does not say so
  bool trust_clock = false;
  std::chrono::milliseconds silence{120000};  // no octet either way while a job runs: the call is over
  std::chrono::milliseconds grace{10000};     // for a job to end after SIGTERM
  std::chrono::milliseconds redial{5000};     // at least, from the hang-up to the next dial
  PppSettings ppp;
  LinkPolicy when;
  CommandSettings command;
  LimitedProgram hook;  // the job hook
};

// "flush"; nothing for what is no job.
std::optional<Job> parse_job(std::string_view word);

// Asks the table for its keys; faults stay in the file (toml.h). What one key needs of another is complained of as
// well: a `line` or `ppp` link without a modem, without a phone number.
LinkProfile read_link(TomlTable& table);

// Permanent with file, line and key for every fault. A name that is not there names the nearest that is.
base::Result<LinkProfile> load_link(const Places& places, const std::string& name);

}  // namespace conf
