// What is remembered of a server for some time: DIR/.offhook/NAME, a line "SECONDS HOST PORT" and any text behind it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/directory.h"
#include "base/result.h"

namespace serialmail {

inline constexpr std::size_t max_server_note_bytes = 4096;

struct ServerNote {
  std::int64_t noticed = 0;  // by the clock's seconds
  std::string host;
  unsigned port = 0;
  std::string text;

  // Empty: that is no such note.
  static std::optional<ServerNote> parse(std::string_view note);
  [[nodiscard]] std::string format() const;
  // A time to come is a clock that was wrong, and is not believed.
  [[nodiscard]] bool holds(const std::string& for_host, unsigned for_port, std::int64_t now,
                           std::chrono::seconds kept) const;
};

// What cannot be read is not known.
std::optional<ServerNote> read_server_note(const base::Directory& maildir, const std::string& name);
base::Result<void> write_server_note(const base::Directory& maildir, const std::string& name, const ServerNote& note);
// One that is not there is no failure.
base::Result<void> remove_server_note(const base::Directory& maildir, const std::string& name);

}  // namespace serialmail
