// The server at the other end: over inherited descriptors, as UCSPI tools set them, or a connection of our own.
#pragma once

#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "serialmail/line_meter.h"

namespace serialmail {

struct Peer {
  base::Fd from;
  base::Fd to;
  std::string address;          // empty: not known
  bool is_handed_down = false;  // by descriptors: another session may follow on the same line
};

// Descriptors 6, from the server, and 7, to it; the address from TCPREMOTEIP.
base::Result<Peer> inherited_peer();
base::Result<Peer> connected_peer(const std::string& host, unsigned port);
// A connection that is being made, to an address as Peer has it: it is there when it can be read from, or has failed.
base::Result<Peer> connecting_peer(const std::string& address, unsigned port);

// Makes what was written nearly left: the kernel is not to take whole messages ahead of the line. A descriptor that
// cannot be told so works all the same.
void keep_little_unsent(int to);

// As the kernel counts it; for what is no TCP, as we did, and nobody knows what is on its way.
LineReading read_line(int to, std::uint64_t up, std::uint64_t down);

}  // namespace serialmail
