#include "mta/queue/input.h"

#include <array>

#include "base/io.h"
#include "mta/mail/address.h"
#include "mta/mail/envelope.h"
#include "mta/mail/queue_entry.h"

namespace mta {

tl::expected<std::string, QueueFailure> read_envelope(const base::Fd& fd, const base::Deadline& deadline) {
  std::string octets;
  std::array<char, 65536> block;
  for (;;) {
    const auto n = base::read_some(fd, block, deadline);
    if (!n)
      return queue_failure(QueueExit::read_error,
                           base::Failure{n.error().kind, "read envelope: " + n.error().text, n.error().error});
    if (*n == 0) break;
    octets.append(block.data(), *n);
    if (octets.size() > mail::max_envelope_bytes) return queue_failure(QueueExit::bad_envelope, "envelope too long");
    // The last NUL follows another one; only then is a look worth it.
    const auto fresh = octets.size() - *n;
    if (octets.find(std::string_view("\0\0", 2), fresh == 0 ? 0 : fresh - 1) != std::string::npos) break;
  }
  const auto decoded = mail::decode_envelope(octets);
  switch (decoded.verdict) {
    case mail::EnvelopeVerdict::complete:
      if (decoded.envelope.recipients.empty())
        return queue_failure(QueueExit::bad_envelope, "envelope without a recipient");
      octets.resize(decoded.length);
      return octets;
    case mail::EnvelopeVerdict::incomplete:
      return queue_failure(QueueExit::read_error, "the envelope ends before its last NUL");
    case mail::EnvelopeVerdict::bad_format:
      return queue_failure(QueueExit::bad_envelope, "bad envelope format");
    case mail::EnvelopeVerdict::address_too_long:
      return queue_failure(QueueExit::address_too_long,
                           "an address is longer than " + std::to_string(mail::max_address_bytes) + " bytes");
    case mail::EnvelopeVerdict::bad_address:
      return queue_failure(QueueExit::refused, "an address holds a control character");
  }
  return queue_failure(QueueExit::bug, "envelope: bad verdict");
}

}  // namespace mta
