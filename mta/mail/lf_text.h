// A message as text whose every line ends with LF, for QMTP and its kin: however its lines end in our file.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace mail {

// Text with CR LF, LF or lone CR line ends -> LF lines: a bare CR never leaves. A missing last line end is added, and a
// NUL is refused. The state is kept between pieces, so they may be cut anywhere; the length of what comes out is
// DataCounter::lf_octets().
class LfEncoder {
 public:
  // Appends what the chunk becomes to out. Fails permanently at a NUL.
  base::Result<void> feed(std::string_view chunk, std::string& out);
  // The last line's end, if it is missing. Called once.
  void finish(std::string& out);

 private:
  bool line_start_ = true;
  bool after_cr_ = false;  // a CR was turned into LF; an LF that follows belongs to it
};

}  // namespace mail
