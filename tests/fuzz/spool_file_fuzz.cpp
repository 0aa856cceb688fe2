// Any octets as a spool file: parsed or refused, and what is parsed can be written into an SMTP command.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "mta/mail/spool_file.h"

namespace {

void require(bool held) {
  if (!held) std::abort();
}

bool is_one_line(const std::string& text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view head(reinterpret_cast<const char*>(data), size);
  for (const std::string_view prefix : {"", "alias-ppp-"}) {
    const auto file = mail::parse_spool_file(head, prefix);
    if (!file) {
      require(!file.error().text.empty());
      continue;
    }
    require(file->body_offset <= head.size() && file->body_offset <= mail::max_spool_head_bytes);
    require(head[file->body_offset - 1] == '\n');
    require(is_one_line(mail::to_smtp(file->sender)) && is_one_line(mail::to_smtp(file->recipient)));
    require(!file->has_prefix || !file->recipient.is_null());
  }
  return 0;
}
