// The modem lines of a pty, which has none, in a file of 8 octets that both sides map: at 0 the lines that the DCE
// drives, at 4 those that the DTE drives, as TIOCM_ bits in little-endian order.
#pragma once

#include <string>

#include "base/result.h"

namespace emulator {

class LinesFile {
 public:
  // Creates the file, all lines off, or takes what is there.
  static base::Result<LinesFile> open(const std::string& file);
  LinesFile(LinesFile&& other) noexcept;
  LinesFile& operator=(LinesFile&& other) noexcept;
  LinesFile(const LinesFile&) = delete;
  LinesFile& operator=(const LinesFile&) = delete;
  ~LinesFile();

  [[nodiscard]] bool dtr() const;
  void set(bool clear_to_send, bool carrier, bool data_set_ready, bool ring);

 private:
  explicit LinesFile(void* memory) : memory_(memory) {}
  void* memory_ = nullptr;
};

}  // namespace emulator
