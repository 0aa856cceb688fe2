// The envelope of qmail-queue's contract: F sender NUL, T recipient NUL for each, then one more NUL. Addresses are
// unquoted.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace mail {

struct Envelope {
  std::string sender;  // empty: the null sender
  std::vector<std::string> recipients;
};

enum class EnvelopeVerdict {
  complete,
  incomplete,        // the octets end before the last NUL: nothing may be queued
  bad_format,        // a record of another letter, or no sender in front
  address_too_long,  // beyond max_address_bytes
  bad_address        // a control character, which would forge lines in a spool file or an SMTP dialogue
};

struct DecodedEnvelope {
  EnvelopeVerdict verdict = EnvelopeVerdict::incomplete;
  Envelope envelope;       // whole only when complete
  std::size_t length = 0;  // octets up to and with the last NUL; what follows was not looked at
};

// Looks at the front of the octets; with `incomplete` the caller may come again with more of them.
DecodedEnvelope decode_envelope(std::string_view octets);

// The verdict on one address: complete, address_too_long or bad_address.
EnvelopeVerdict check_envelope_address(std::string_view address);

// Fails permanently on an address that decode_envelope() would refuse.
base::Result<std::string> encode_envelope(const Envelope& envelope);

}  // namespace mail
