// What a server offers in its reply to EHLO (RFC 5321 §4.1.1.1). A keyword that somebody on the way has masked, or that
// has a parameter where it must have none, is not there.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "mta/mail/smtp_reply.h"

namespace mail {

struct SmtpExtensions {
  bool pipelining = false;      // RFC 2920
  bool chunking = false;        // RFC 3030
  bool eight_bit_mime = false;  // RFC 6152
  bool checkpoint = false;      // RFC 1845
  bool size = false;            // RFC 1870
  std::uint64_t max_size = 0;   // 0: unknown or none
};

SmtpExtensions read_extensions(const Reply& ehlo);

// The server's own name, in the first line of its greeting or of its reply to EHLO; or nothing.
std::string server_name(const Reply& reply);
// What tells a server from another: the name in its greeting, the one in its reply to EHLO, and what it offers, word by
// word. Not its free text, which often holds our own address of today.
std::string server_profile(std::string_view greeting_name, const Reply& ehlo);

}  // namespace mail
