// Any text as a message's header, in one piece and octet by octet: the same fields, the same beginning of the body, and
// nothing of the text lost.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "mta/mail/header.h"

namespace {

void require(bool held) {
  if (!held) std::abort();
}

struct Read {
  bool good = false;
  std::string fields;
  std::string body;
};

Read read(std::string_view text, std::size_t piece) {
  mail::HeaderReader reader;
  std::string behind;  // what came after the header was complete
  for (std::size_t at = 0; at < text.size(); at += piece) {
    const auto part = text.substr(at, piece);
    if (reader.complete()) {
      behind += part;
    } else if (!reader.feed(part)) {
      return {};
    }
  }
  reader.end();
  require(reader.complete());
  auto fields = mail::format_header(reader.take_header());
  return {true, std::move(fields), reader.take_body() + behind};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto whole = read(text, text.size() + 1);
  const auto split = read(text, 1);
  require(whole.good == split.good);
  if (!whole.good) return 0;
  require(whole.fields == split.fields && whole.body == split.body);
  // What was written as a header is read as the same header.
  const auto again = read(whole.fields + "\n", whole.fields.size() + 1);
  require(again.good && again.fields == whole.fields && again.body.empty());
  return 0;
}
