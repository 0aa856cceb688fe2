// A program that has the port itself for a part of a call: pppd, which needs a real terminal, or login. The lock stays
// ours, and so does the port: whatever becomes of the program, the line falls with this process.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/child.h"
#include "base/stop_signals.h"
#include "modem/modem.h"

namespace modem {

enum class TtyUse {
  raw,   // as the modem's octets come: pppd. Its standard error is ours
  login  // a terminal as people have it, which the program gets as its controlling one
};

// A descriptor of its own, so that what the program does to its flags is nothing to ours. The port is unclaimed.
base::Result<base::Fd> open_tty_for(const std::string& device, TtyUse use);

struct TtyOrder {
  std::vector<std::string> argv;
  TtyUse use = TtyUse::login;
  std::optional<std::pair<uid_t, gid_t>> ids;
};

struct TtyOutcome {
  base::ChildEnd program;
  std::string text;      // why it ended, where not by itself
  bool stopped = false;  // a signal came
};

// Once the carrier has gone the program has a moment to see it, then it gets SIGTERM, then SIGKILL; a signal to us is
// SIGTERM to it, a second one SIGKILL. Fails when it cannot be started, or when the port is nobody's to give (one on
// the network). Afterwards the port is set up as before.
base::Result<TtyOutcome> run_on_tty(Modem& modem, base::StopSignals& stop, const TtyOrder& order);

// Before a line is hung up on which somebody still listens: what was written leaves, also what the modem itself has (of
// which nothing tells). Bounded.
void let_last_octets_leave(Modem& modem, base::StopSignals& stop);

}  // namespace modem
