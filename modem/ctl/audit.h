// The record of a call that came in: a line for people on standard error, and one of JSON for programs.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/child.h"
#include "base/fd.h"
#include "base/result.h"
#include "modem/relay.h"

namespace modem {

struct CallRecord {
  std::string profile;
  std::string port;
  int number = 0;  // of the calls that were answered; 0: it was not
  std::int64_t began_wall = 0;
  std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
  std::string caller;  // empty: not told
  std::string connect;
  std::optional<unsigned> speed;
  std::string user;   // that the caller gave, or /AutoPPP/; empty: was not asked
  std::string entry;  // the pattern of the login table's line
  int passes = 0;
  std::vector<std::string> program;
  std::optional<RelayCounts> octets;  // none: a program had the port itself
  std::optional<base::ChildEnd> end;  // of the last program
  std::string reason;                 // why the call ended, or was none
};

// "call 3: 2 passes, 48211 octets in, 902 out, 31 s, carrier lost, program exit 1, caller 0301234"
std::string line_of(const CallRecord& call);
// One object, without a line end.
std::string json_of(const CallRecord& call);

// Where the JSON lines go: a file that is only added to, standard output, both or nowhere.
class Audit {
 public:
  // file: empty for none.
  static base::Result<Audit> open(const std::string& file, bool on_stdout);
  // Failing is told in the log: it ends no call.
  void write(const CallRecord& call);

 private:
  base::Fd file_;
  std::string name_;
  bool on_stdout_ = false;
};

}  // namespace modem
