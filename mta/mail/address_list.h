// RFC 5322 address lists, as To, Cc and Bcc hold them and people write in arguments: comments, quoted strings, groups,
// source routes and display names with dots.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace mail {

// What an incomplete address is completed with (qmail's control files of these names).
struct HostDefaults {
  std::string default_host;    // no host at all
  std::string default_domain;  // a host without a dot
  std::string plus_domain;     // a host that ends in +
};

// The addresses in envelope form (unquoted, local@domain), completed. A text that is no address list, an empty path or
// an address that no envelope can hold: permanent, saying what is wrong and where.
base::Result<std::vector<std::string>> parse_address_list(std::string_view text, const HostDefaults& defaults);

// A host by these rules; an empty one becomes the default host. A domain literal stays as it is.
std::string complete_host(std::string host, const HostDefaults& defaults);

// The text as RFC 5322 phrase for a display name: as it is, quoted, or, with octets beyond ASCII, encoded (RFC 2047
// §5).
std::string format_phrase(std::string_view text);

}  // namespace mail
