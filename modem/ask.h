// The shell around AtDialogue: one command to the modem and its answer, over an open port.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/stop_signals.h"
#include "modem/at_dialogue.h"
#include "modem/port.h"

namespace modem {

// An answer that did not come in time is an answer too (answered is false). A line that is gone: error EIO; a signal:
// error EINTR. No signals (nullptr): it cannot be stopped.
base::Result<AtAnswer> ask(Port& port, AtCommand command, base::StopSignals* stop);

// The whole lines that have come in by now, between two commands.
base::Result<std::vector<std::string>> read_pending(Port& port);

}  // namespace modem
