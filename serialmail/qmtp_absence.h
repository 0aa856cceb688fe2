// What is remembered of a server that does not take QMTP: DIR/.offhook/no-qmtp, one line "SECONDS HOST PORT". For a day
// it is not asked again, since a firewall that swallows the attempt costs a minute of the line.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/directory.h"
#include "base/result.h"

namespace serialmail {

inline constexpr std::chrono::hours absence_kept{24};

struct QmtpAbsence {
  std::int64_t noticed = 0;  // by the clock's seconds
  std::string host;
  unsigned port = 0;

  // Empty: the text is no such line.
  static std::optional<QmtpAbsence> parse(std::string_view text);
  [[nodiscard]] std::string format() const;
  // A time to come is a clock that was wrong, and is not believed.
  [[nodiscard]] bool holds(const std::string& for_host, unsigned for_port, std::int64_t now) const;
};

// What cannot be read is not known.
bool is_qmtp_absent(const base::Directory& maildir, const std::string& host, unsigned port, std::int64_t now);
base::Result<void> note_qmtp_absence(const base::Directory& maildir, const QmtpAbsence& absence);

}  // namespace serialmail
