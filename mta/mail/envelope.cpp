#include "mta/mail/envelope.h"

#include <algorithm>

#include "base/log.h"
#include "mta/mail/address.h"

namespace mail {

EnvelopeVerdict check_envelope_address(std::string_view address) {
  if (address.size() > max_address_bytes) return EnvelopeVerdict::address_too_long;
  const auto control = [](char c) { return (c >= 0 && c < ' ') || c == 127; };
  if (std::any_of(address.begin(), address.end(), control)) return EnvelopeVerdict::bad_address;
  return EnvelopeVerdict::complete;
}

DecodedEnvelope decode_envelope(std::string_view octets) {
  DecodedEnvelope decoded;
  auto& [verdict, envelope, length] = decoded;
  for (bool sender_seen = false;;) {
    if (length == octets.size()) return decoded;
    const char letter = octets[length];
    if (letter == '\0' && sender_seen) {
      ++length;
      verdict = EnvelopeVerdict::complete;
      return decoded;
    }
    if (letter != (sender_seen ? 'T' : 'F')) {
      verdict = EnvelopeVerdict::bad_format;
      return decoded;
    }
    const auto rest = octets.substr(length + 1);
    const std::size_t end = rest.find('\0');
    const auto address = rest.substr(0, end);
    // Also for an address whose end has not come: it will not get shorter.
    if (const auto checked = check_envelope_address(address); checked != EnvelopeVerdict::complete) {
      verdict = checked;
      return decoded;
    }
    if (end == std::string_view::npos) return decoded;
    if (sender_seen) {
      envelope.recipients.emplace_back(address);
    } else {
      envelope.sender = address;
      sender_seen = true;
    }
    length += 1 + end + 1;
  }
}

base::Result<std::string> encode_envelope(const Envelope& envelope) {
  std::string octets;
  const auto append = [&](char letter, std::string_view address) -> base::Result<void> {
    switch (check_envelope_address(address)) {
      case EnvelopeVerdict::address_too_long:
        return base::permanent("address longer than " + std::to_string(max_address_bytes) +
                               " bytes: " + base::escape(address.substr(0, 60)) + "...");
      case EnvelopeVerdict::bad_address:
        return base::permanent("control character in address: " + base::escape(address));
      case EnvelopeVerdict::complete:
      case EnvelopeVerdict::incomplete:
      case EnvelopeVerdict::bad_format:
        break;
    }
    octets += letter;
    octets += address;
    octets += '\0';
    return {};
  };
  if (auto r = append('F', envelope.sender); !r) return r.error();
  for (const auto& recipient : envelope.recipients) {
    if (auto r = append('T', recipient); !r) return r.error();
  }
  octets += '\0';
  return octets;
}

}  // namespace mail
