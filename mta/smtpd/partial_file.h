// The file of one kept transaction (RFC 1845): its envelope and the message as far as it came, in LF lines.
//
//   kept CLIENT HELO TRANSID SENDER      records as in mta/mail/record.h; behind a text record stand its octets
//   to RECIPIENT
//   begun                                the envelope is complete
//   text OCTETS CRC32                    and that many octets of the message
//   accepted OCTETS TEXT                 the message is in the queue, of so many CR LF octets; there is no text any
//   more
//
// It is only added to, and every piece has its checksum: whatever a crash leaves, the pieces before the first bad one
// are what came.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "mta/mail/mail_data.h"

namespace mta {

// Octets of the message in one piece, and those of a record line, whose longest is a HELO name of a command's length.
inline constexpr std::size_t partial_piece_bytes = 16UL * 1024;
inline constexpr std::size_t max_partial_line_bytes = 32UL * 1024;

struct PartialKey {
  std::string client;  // who it authenticated or which configured customer
  std::string helo;
  std::string transid;
  friend bool operator==(const PartialKey&, const PartialKey&) = default;
};

struct PartialEnvelope {
  PartialKey key;
  std::string sender;
  std::vector<std::string> recipients;
};

// What a partial file holds. Only whole lines of the message count.
struct PartialContent {
  PartialEnvelope envelope;
  bool is_begun = false;
  std::uint64_t text_octets = 0;  // of the message, with CR LF line ends
  mail::HopCounter hops;
  std::uint64_t good_bytes = 0;  // of the file: up to there it is whole
  struct Accepted {
    std::uint64_t octets = 0;
    std::string text;
  };
  std::optional<Accepted> accepted;
};

// Reads the file from its beginning. give, if any, gets the message piece by piece; a failure of it ends the reading.
base::Result<PartialContent> read_partial(const base::Fd& file,
                                          const std::function<base::Result<void>(std::string_view)>& give = {});

std::string partial_head(const PartialEnvelope& envelope);
std::string partial_text(std::string_view piece);  // at most partial_piece_bytes
std::string partial_accepted(const PartialContent::Accepted& accepted);

// A file name for the key: two keys that share one are told apart by the file's first record.
std::string partial_name(const PartialKey& key);

}  // namespace mta
