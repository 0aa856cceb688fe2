// What is remembered of a server that took BDAT in one flight behind its envelope: DIR/.offhook/flights. A later
// session with the very same server then saves the two round trips of finding it out again. The note is of one address
// and port and of what the server says of itself (mail::server_profile), is believed for a week, and goes at the first
// oddity.
#pragma once

#include <chrono>
#include <string>

#include "base/directory.h"

namespace serialmail {

inline constexpr std::chrono::hours flights_kept{7 * 24};
inline constexpr std::chrono::hours flights_renewed_after{24};  // a synced write a session is too much

class FlightMemory {
 public:
  // The maildir has to outlive this. Without an address or a port nothing is remembered.
  FlightMemory(const base::Directory& maildir, std::string address, unsigned port);

  // Who is believed; empty: nobody.
  [[nodiscard]] const std::string& server() const { return server_; }
  void keep(const std::string& server);
  void forget();

 private:
  const base::Directory& maildir_;
  std::string address_;
  unsigned port_;
  std::string server_;
  bool is_fresh_ = false;
};

}  // namespace serialmail
