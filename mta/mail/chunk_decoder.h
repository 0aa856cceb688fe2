// A client's octets as they come by BDAT (RFC 3030), into text with LF lines. The chunks of a message are one stream:
// a CR may stand at the end of one and its LF at the beginning of the next. What ends the stream is a count and never
// an octet, so there is no transparency here; a bare CR, a bare LF and a NUL are faults as in DATA.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "mta/mail/mail_data.h"

namespace mail {

class ChunkDecoder {
 public:
  // Appends the text to out; after a fault nothing more is given out.
  void feed(std::string_view octets, std::string& out);
  // The last chunk has ended: a CR that still waits for its LF is a fault, a missing last line end is added.
  void finish(std::string& out);

  [[nodiscard]] DataDecoder::Fault fault() const { return fault_; }
  [[nodiscard]] std::uint64_t octets() const { return octets_; }  // as they came
  [[nodiscard]] bool at_line_start() const { return line_start_; }

 private:
  DataDecoder::Fault fault_ = DataDecoder::Fault::none;
  std::uint64_t octets_ = 0;
  bool line_start_ = true;
  bool after_cr_ = false;
};

}  // namespace mail
