#include "mta/mail/lf_text.h"

namespace mail {
namespace {

constexpr std::string_view special("\r\n\0", 3);

}  // namespace

base::Result<void> LfEncoder::feed(std::string_view chunk, std::string& out) {
  while (!chunk.empty()) {
    const auto run = chunk.substr(0, chunk.find_first_of(special));
    if (!run.empty()) {
      out += run;
      line_start_ = after_cr_ = false;
      chunk.remove_prefix(run.size());
      continue;
    }
    const char c = chunk.front();
    chunk.remove_prefix(1);
    if (c == '\0') return base::permanent("message holds a NUL");
    if (c == '\r' || !after_cr_) {
      out += '\n';
      line_start_ = true;
    }
    after_cr_ = c == '\r';
  }
  return {};
}

void LfEncoder::finish(std::string& out) {
  if (!line_start_) out += '\n';
  line_start_ = true;
  after_cr_ = false;
}

}  // namespace mail
