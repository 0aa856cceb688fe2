// What a flush would do, without doing it: no lock, no client, nothing written.
#pragma once

#include <string>

#include "base/directory.h"
#include "base/result.h"
#include "serialmail/settlement.h"

namespace serialmail {

enum class PlanFormat { text, json };

// The lines for standard output. In JSON, one object a line:
//   {"event":"message","file":…,"recipient":…,"octets":…,"priority":…,"big":…,"unknown":…}   in the order of going
//   {"event":"kept","file":…,"recipient":…,"octets":…,"priority":…,"bound":"time|bytes|size|priority"}
//   {"event":"held","file":…,"reason":…}
//   {"event":"total","messages":…,"octets":…,"seconds":…,"rate":…,"kept":…,"held":…}
// Readers must take fields and events that they do not know.
base::Result<std::string> make_plan(const base::Directory& maildir, const FlushSettings& settings, PlanFormat format);

}  // namespace serialmail
