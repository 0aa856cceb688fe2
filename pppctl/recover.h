// After a session that died: its line on-hook, its lock gone, its row closed with what is known.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/stop_signals.h"
#include "conf/places.h"
#include "pppctl/ledger.h"

namespace pppctl {

struct Recovery {
  bool done = false;  // false: the line could not be put on-hook and the row stays open, or it cannot be priced
  std::string line;   // for people
};

// Every open row whose session is dead, of one link or (empty) of all. Rows whose session lives are left alone.
base::Result<std::vector<Recovery>> recover_calls(Ledger& ledger, const conf::Places& places, const std::string& link,
                                                  base::StopSignals& stop);

// Settles the calls that ended without a price, because a tariff or the ledger was at fault then.
base::Result<std::vector<Recovery>> settle_calls(Ledger& ledger, const conf::Places& places, const std::string& link);

// "provider: call 17 died in phase jobs, 12.3 s after its start; 5120 octets sent, 812 received". Pure.
std::string death_text(const Call& call);

}  // namespace pppctl
