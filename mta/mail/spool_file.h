// The head of a spool file: the two envelope lines that a delivery agent wrote in front of the message.
//
//   Return-Path: <SENDER>            exactly so; SENDER quoted as in SMTP, empty for the null sender
//   Delivered-To: PREFIXlocal@host   exactly so; not quoted
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "mta/mail/address.h"

namespace mail {

// Both lines have to end within this many octets; two quoted addresses of max_address_bytes and the field names fit.
inline constexpr std::size_t max_spool_head_bytes = 8192;

struct SpoolFile {
  Address sender;
  std::string return_path;        // as written between the brackets
  bool has_prefix = false;        // false: a file of somebody else's in the same maildir; no recipient
  Address recipient;              // the prefix is off
  std::uint64_t body_offset = 0;  // the message, from line 3 on
};

// head: the file's first octets, max_spool_head_bytes of them or all. A failure is permanent and says what is wrong
// with the file. The prefix is compared octet for octet; the empty one is every file's.
base::Result<SpoolFile> parse_spool_file(std::string_view head, std::string_view prefix);

}  // namespace mail
