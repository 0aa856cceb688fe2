// Any text as an address list: refused, or addresses that an envelope can hold; and any text as a display name: one
// line of printable ASCII that an address list with it in front still is one.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "mta/mail/address.h"
#include "mta/mail/address_list.h"

namespace {

void require(bool held) {
  if (!held) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const mail::HostDefaults defaults{"office.example", "example", "plus.example"};
  if (const auto list = mail::parse_address_list(text, defaults)) {
    for (const auto& address : *list) {
      require(!address.empty());
      require(address.find('\0') == std::string::npos && address.find('\n') == std::string::npos);
      require(mail::Address::from_envelope(address).has_value());
    }
  }
  if (text.size() > 200) return 0;
  const auto phrase = mail::format_phrase(text);
  for (const char c : phrase) require((c >= ' ' && c <= '~') || c == '\n' || c == '\t');
  const auto named = mail::parse_address_list(phrase + " <anna@office.example>", defaults);
  require(named.has_value() && named->size() == 1 && named->front() == "anna@office.example");
  return 0;
}
