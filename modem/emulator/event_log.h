// The log of events: a line of JSON each.
#pragma once

#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "modem/emulator/emulation.h"

namespace emulator {

// "\u0007" for everything that is not printable ASCII: octets of a DTE need not be text.
std::string json_text(std::string_view bytes);
std::string json_line(double seconds, const Record& record);

class EventLog {
 public:
  // No name: no log. "-": stdout.
  static base::Result<EventLog> open(const std::string& file);
  // A log that cannot be written is given up, with one warning.
  void write(double seconds, const Record& record);

 private:
  EventLog() = default;
  base::Fd fd_;
};

}  // namespace emulator
