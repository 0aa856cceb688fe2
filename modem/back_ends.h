// The back ends of a port, for port.cpp alone.
#pragma once

#include <memory>
#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "conf/port_name.h"
#include "modem/line_modes.h"
#include "modem/port.h"

namespace modem {

// A port that was looked at and found usable, and its modes of before. It is kept open until the back end has it, so
// that DTR does not fall in between.
struct FoundDevice {
  base::Fd fd;
  std::string device;
  LineModes modes;
  int flags = -1;  // of an inherited descriptor, to be put back; -1: our own
};

base::Result<std::unique_ptr<Port>> open_tty(FoundDevice found, const PortSettings& settings);

// True if libserialport takes this name: a real device, or what passes for one.
bool serialport_knows(const std::string& device);
base::Result<std::unique_ptr<Port>> open_serialport(FoundDevice found, const PortSettings& settings);

base::Result<std::unique_ptr<Port>> open_tcp(const conf::PortName& name);
base::Result<std::unique_ptr<Port>> open_rfc2217(const conf::PortName& name, const PortSettings& settings);

}  // namespace modem
