// What is remembered of how a server took our mail: DIR/.offhook/NAME. A note is of one address and port and of what
// the server says of itself (mail::server_profile), and is believed for a week.
//
// "flights": it took BDAT in one flight behind its envelope. A later session with the very same server saves the two
// round trips of finding it out again; the note goes at the first oddity.
// "no-flights": it offers PIPELINING and answered only the first command of a flight, which cost five minutes. A later
// session goes command by command.
#pragma once

#include <chrono>
#include <string>

#include "base/directory.h"

namespace serialmail {

inline constexpr const char* flights_note = "flights";
inline constexpr const char* no_flights_note = "no-flights";
inline constexpr std::chrono::hours server_kept{7 * 24};
inline constexpr std::chrono::hours server_renewed_after{24};  // a synced write a session is too much

class ServerMemory {
 public:
  // The maildir has to outlive this. Without an address or a port nothing is remembered.
  ServerMemory(const base::Directory& maildir, const char* note, std::string address, unsigned port);

  // Who it is remembered of; empty: nobody.
  [[nodiscard]] const std::string& server() const { return server_; }
  void keep(const std::string& server);
  void forget();

 private:
  const base::Directory& maildir_;
  const char* note_;
  std::string address_;
  unsigned port_;
  std::string server_;
  bool is_fresh_ = false;
};

struct ServerMemories {
  ServerMemory flights;
  ServerMemory no_flights;
};

}  // namespace serialmail
