// Asking a modem who it is, for `identify` and for `probe`.
#pragma once

#include "modem/ctl/output.h"
#include "modem/identity.h"
#include "modem/port.h"

namespace modem {

// The profile's times hold.
base::Result<std::vector<IdentityEntry>> identify(Port& port, const conf::ModemProfile& profile,
                                                  base::StopSignals& stop);

// A member for each question, null where the modem does not know it.
nlohmann::json identity_json(const std::vector<IdentityEntry>& entries);
Rows identity_rows(const std::vector<IdentityEntry>& entries);

}  // namespace modem
