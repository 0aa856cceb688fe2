// What a modem hangs on, as `port` in its profile says: a device, an inherited descriptor, or a server on the network
// that has the serial port.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace conf {

enum class PortKind {
  device,      // a path
  descriptor,  // "fd:N"
  tcp,         // "tcp:HOST:PORT": the line's octets and nothing else
  rfc2217,     // "rfc2217:HOST:PORT": telnet with the Com Port Control Option
};

struct PortName {
  PortKind kind = PortKind::device;
  int descriptor = -1;
  std::string host{};  // in lower case; an IPv6 address in brackets
  unsigned tcp_port = 0;

  [[nodiscard]] bool on_network() const { return kind == PortKind::tcp || kind == PortKind::rfc2217; }
  [[nodiscard]] std::string server() const { return host + ":" + std::to_string(tcp_port); }
  // One spelling for one port: "rfc2217:modems.example:2001". Of ports on the network alone.
  [[nodiscard]] std::string canonical() const;
};

// The failure is permanent, and says of the name what is wrong with it: "is not a descriptor; write fd:N".
base::Result<PortName> parse_port_name(std::string_view text);

}  // namespace conf
