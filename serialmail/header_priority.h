// How urgent a message calls itself, from its header alone.
#pragma once

#include <cstddef>
#include <string_view>

#include "conf/sender_priority.h"
#include "mta/mail/header.h"

namespace serialmail {

// No more of a file is read for it; fields behind that do not count.
inline constexpr std::size_t max_priority_header_bytes = 32768;

// The first of these that is there and has a value that it can have; else normal_priority.
//   MT-Priority: -9 to 9                    as it is (RFC 6710, RFC 6758)
//   Priority: urgent, normal, non-urgent    4, 0, -4 (RFC 2156; the values are those of RFC 6710's MIXER policy)
//   X-Priority: 1 to 5                      4, 2, 0, -2, -4 (no standard, but what mail readers write)
int header_priority(const mail::Header& header);

// True where the header ends within these first octets of it and has no line that begins like one of those fields: it
// need not be taken apart. That is most mail.
bool names_no_priority(std::string_view begun);

}  // namespace serialmail
