// What a serial line is set to, and what its lines say.
#pragma once

#include <optional>

#include "conf/modem.h"

namespace modem {

struct ModemLines {
  bool dtr = false, rts = false, cts = false, dsr = false, dcd = false, ri = false;
};

struct PortSettings {
  std::optional<unsigned> speed;  // bit/s; none: as found
  conf::FlowControl flow = conf::FlowControl::rts_cts;
};

}  // namespace modem
