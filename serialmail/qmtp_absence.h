// What is remembered of a server that does not take QMTP: DIR/.offhook/no-qmtp. For a day it is not asked again, since
// a firewall that swallows the attempt costs a minute of the line.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "base/directory.h"
#include "base/result.h"

namespace serialmail {

inline constexpr std::chrono::hours absence_kept{24};

bool is_qmtp_absent(const base::Directory& maildir, const std::string& host, unsigned port, std::int64_t now);
base::Result<void> note_qmtp_absence(const base::Directory& maildir, const std::string& host, unsigned port,
                                     std::int64_t now);

}  // namespace serialmail
