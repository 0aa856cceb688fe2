#include "modem/carrier_text.h"

#include <algorithm>

namespace modem {
namespace {

// V.250 §5.7.1: a result code stands between two line ends.
constexpr std::string_view lost = "\r\nNO CARRIER\r\n";

}  // namespace

void CarrierText::received(std::string_view octets) {
  tail_.append(octets.substr(octets.size() - std::min(octets.size(), lost.size())));
  if (tail_.size() > lost.size()) tail_.erase(0, tail_.size() - lost.size());
}

bool CarrierText::is_last() const { return tail_ == lost; }

}  // namespace modem
