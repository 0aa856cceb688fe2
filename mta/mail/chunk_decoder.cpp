#include "mta/mail/chunk_decoder.h"

namespace mail {
namespace {

constexpr std::string_view special("\r\n\0", 3);

}  // namespace

void ChunkDecoder::feed(std::string_view octets, std::string& out) {
  octets_ += octets.size();
  while (!octets.empty() && fault_ == DataDecoder::Fault::none) {
    if (after_cr_) {
      if (octets.front() != '\n') {
        fault_ = DataDecoder::Fault::bare_cr;
        return;
      }
      octets.remove_prefix(1);
      out += '\n';
      after_cr_ = false;
      line_start_ = true;
      continue;
    }
    const auto run = octets.substr(0, octets.find_first_of(special));
    out += run;
    octets.remove_prefix(run.size());
    if (!run.empty()) line_start_ = false;
    if (octets.empty()) return;
    if (octets.front() == '\n') {
      fault_ = DataDecoder::Fault::bare_lf;
      return;
    }
    if (octets.front() == '\0') {
      fault_ = DataDecoder::Fault::nul;
      return;
    }
    octets.remove_prefix(1);
    after_cr_ = true;
  }
}

void ChunkDecoder::finish(std::string& out) {
  if (after_cr_) fault_ = DataDecoder::Fault::bare_cr;
  if (fault_ != DataDecoder::Fault::none || line_start_) return;
  out += '\n';
  line_start_ = true;
}

}  // namespace mail
