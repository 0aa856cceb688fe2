// What a command does with its modem: locked and opened before it, on-hook, closed and unlocked after it, whatever ends
// it.
#pragma once

#include <functional>

#include "modem/ctl/options.h"
#include "modem/modem.h"

namespace modem {

// The profile, or one made of a port and its options.
base::Result<conf::ModemProfile> find_modem(const CtlOptions& options);

// Of a null modem: there is nobody to ask.
base::Result<void> refuse_null_modem(const conf::ModemProfile& profile);

using Work = std::function<base::Result<void>(Modem&, base::StopSignals&)>;

// Opens, gives the modem its time to settle, and works.
base::Result<void> with_modem(const conf::ModemProfile& profile, const Work& work);
// The same with the modem of the options, once it answers AT.
base::Result<void> with_awake_modem(const CtlOptions& options, const Work& work);

}  // namespace modem
