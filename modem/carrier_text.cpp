#include "modem/carrier_text.h"

namespace modem {
namespace {

// V.250 §5.7.1: a result code stands between two line ends.
constexpr std::string_view lost = "\r\nNO CARRIER\r\n";
constexpr std::string_view ring = "\r\nRING\r\n";

}  // namespace

void CarrierText::received(std::string_view octets, Time now) {
  for (const char octet : octets) {
    tail_ += octet;
    if (tail_.size() > lost.size()) tail_.erase(0, 1);
    if (tail_ == lost) {
      lost_ = true;
      rings_ = 0;
      since_ = now;
    } else {
      lost_ = lost_ && octet == ring[rings_++ % ring.size()];
    }
  }
}

}  // namespace modem
