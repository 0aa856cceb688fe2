// A call that was answered, from CONNECT to hang-up: what runs on its line.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/stop_signals.h"
#include "conf/login.h"
#include "modem/ctl/audit.h"
#include "modem/login_dialogue.h"
#include "modem/modem.h"
#include "modem/relay.h"

namespace modem {

class AnsweredCall {
 public:
  // What becomes of it is told in the record.
  AnsweredCall(Modem& modem, base::StopSignals& stop, CallRecord& record)
      : modem_(modem), stop_(stop), record_(record), relay_(modem, &stop) {}

  // The program again and again, while there is a carrier. Fails for what ends more than this call: a signal, a program
  // that cannot be run.
  base::Result<void> run_again(const std::vector<std::string>& program);
  // The program that the login table has for PPP, or for the name that the caller gives; once. A failure that is no
  // signal is this call's alone.
  base::Result<void> log_in(const std::string& table_file, const std::string& prompt);

 private:
  using Ids = std::optional<std::pair<uid_t, gid_t>>;
  base::Result<RelayOutcome> run_once(const std::vector<std::string>& program, const Ids& ids);
  base::Result<void> run_entry(const conf::LoginEntry* entry, const std::string& name);
  base::Result<void> run_with_terminal(const std::vector<std::string>& program, const Ids& ids);
  base::Result<LoginDialogue::Done> ask_name(const std::string& prompt);
  // Empty: the time has passed.
  base::Result<std::optional<unsigned char>> read_octet(const base::Deadline& deadline);
  base::Failure stopped();
  // False: the call has ended meanwhile.
  base::Result<bool> wait_on_line(std::chrono::milliseconds time);

  Modem& modem_;
  base::StopSignals& stop_;
  CallRecord& record_;
  Relay relay_;
};

}  // namespace modem
