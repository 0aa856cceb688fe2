// The queue manager's socket, from the side of those who ask.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/deadline.h"
#include "base/fd.h"
#include "base/result.h"
#include "conf/places.h"

namespace mta {

// A connection, non-blocking. Any failure means: not there, or not for us.
base::Result<base::Fd> connect_qmgr(const conf::Places& places);

// Reads one netstring of at most max_bytes. End of file before its end is temporary.
base::Result<std::string> read_netstring(const base::Fd& fd, std::size_t max_bytes, const base::Deadline& deadline);

// `list 1`: the lines of the listing.
base::Result<std::vector<std::string>> ask_for_list(const conf::Places& places);

// `poke 1`: everything that waits is due now.
base::Result<void> poke_qmgr(const conf::Places& places);

}  // namespace mta
