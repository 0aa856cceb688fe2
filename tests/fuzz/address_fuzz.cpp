// Any text as a path, a mailbox, a return path and an envelope address: refused, or written and read again unchanged,
// and never with an octet that would break the command line it is written into.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "mta/mail/address.h"

namespace {

void require(bool held) {
  if (!held) std::abort();
}

void check(const mail::Address& address) {
  const std::string path = mail::to_smtp(address);
  for (const char c : path) require(static_cast<unsigned char>(c) >= 32 && c != 127);
  require(address.to_envelope().size() <= mail::max_address_bytes);
  const auto envelope = mail::Address::from_envelope(address.to_envelope());
  require(envelope.has_value() && *envelope == address);
  const auto again = mail::parse_path(path);
  require(again.has_value() && *again == address);
  const auto returned = mail::parse_return_path(path);
  require(returned.has_value() && *returned == address);
  const auto prefix = mail::parse_path_prefix(path + " SIZE=1");
  require(prefix.has_value() && prefix->length == path.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto address = mail::Address::from_envelope(text)) {
    check(*address);
    require(address->to_envelope() == text);
  }
  if (const auto address = mail::parse_path(text)) check(*address);
  if (const auto address = mail::parse_mailbox(text)) check(*address);
  if (const auto address = mail::parse_return_path(text)) check(*address);
  return 0;
}
