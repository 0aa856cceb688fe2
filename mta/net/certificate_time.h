// The words for a certificate that is not valid now: often it is not the certificate that is wrong but our clock.
#pragma once

#include <cstdint>
#include <string>

#include "mta/mail/clock_floor.h"

namespace net {

struct CertificateTime {
  bool not_yet = false;     // else it has expired
  std::int64_t moment = 0;  // when it begins, or ended
};

// Pure. The floor has observed `now`.
std::string certificate_time_text(const CertificateTime& time, std::int64_t now, const mail::ClockFloor& floor);

}  // namespace net
