// The options that belong to one modem: --personality, --cellular, --fault, --line-length, --classes.
#pragma once

#include <string>

#include "base/result.h"
#include "modem/emulator/dce.h"

namespace emulator {

// Takes "ties" of "--personality NAME=ties" and its kin into the modem. Failures do not name the option.
base::Result<void> read_personality(const std::string& value, DceOptions& dce);
// "pin=1234,after=20,signal=4"; after read_personality.
base::Result<void> read_cellular(const std::string& value, DceOptions& dce);
base::Result<void> read_line_length(const std::string& value, DceOptions& dce);
base::Result<void> read_classes(const std::string& value, DceOptions& dce);

}  // namespace emulator
