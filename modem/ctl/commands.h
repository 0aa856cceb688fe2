// modemctl's commands: shells around Modem and Relay.
#pragma once

#include "base/result.h"
#include "modem/ctl/options.h"
#include "modem/modem.h"

namespace modem {

base::Result<void> list_command(const CtlOptions& options);
// The program's own exit status.
base::Result<int> lock_command(const CtlOptions& options);
base::Result<void> unlock_command(const CtlOptions& options);
base::Result<void> probe_command(const CtlOptions& options);
base::Result<void> identify_command(const CtlOptions& options);
base::Result<void> init_command(const CtlOptions& options);
base::Result<void> status_command(const CtlOptions& options);
base::Result<void> dump_command(const CtlOptions& options);
// 0: the same; 1: it differs.
base::Result<int> compare_command(const CtlOptions& options);
base::Result<void> selftest_command(const CtlOptions& options);
base::Result<void> at_command(const CtlOptions& options);
base::Result<void> term_command(const CtlOptions& options);
base::Result<void> hangup_command(const CtlOptions& options);
base::Result<void> answer_command(const CtlOptions& options);

// Its log on standard error, its memory in the run folder.
Upkeep upkeep();

// As an exit status tells it: what a person has to set right is permanent.
base::Failure failure_of(const Trouble& trouble);

}  // namespace modem
