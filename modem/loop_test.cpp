#include "modem/loop_test.h"

#include <algorithm>

namespace modem {
namespace {

constexpr char xon = 0x11;
constexpr char xoff = 0x13;

std::string without_flow_characters(std::string_view text) {
  std::string out;
  std::copy_if(text.begin(), text.end(), std::back_inserter(out), [](char c) { return c != xon && c != xoff; });
  return out;
}

std::string in_seven_bits(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(static_cast<unsigned char>(c) & 0x7fU);
  return out;
}

std::string value_of(char c) { return std::to_string(static_cast<unsigned char>(c)); }

}  // namespace

std::string every_octet() {
  std::string all;
  for (unsigned value = 0; value < 256; ++value) all += static_cast<char>(static_cast<unsigned char>(value));
  return all;
}

std::string numbered_text(std::size_t octets) {
  std::string text;
  for (std::size_t line = 0; text.size() < octets; ++line) text += std::to_string(line) + " the quick brown fox\r\n";
  text.resize(octets);
  return text;
}

std::string loop_fault(std::string_view sent, std::string_view returned) {
  if (sent == returned) return {};
  if (returned.empty()) return "nothing comes back";
  if (sent != without_flow_characters(sent) && returned == without_flow_characters(sent))
    return "DC1 and DC3 are taken for flow control: set flow to \"rts/cts\" or \"none\", and the modem's too (&K3, "
           "\\Q3)";
  if (sent != in_seven_bits(sent) && in_seven_bits(returned) == in_seven_bits(sent))
    return "the eighth bit is lost or is a parity: 8 bits without parity are needed, AT&F and AT&W at this speed";
  const auto [one, other] = std::mismatch(sent.begin(), sent.end(), returned.begin(), returned.end());
  const auto at = std::to_string(one - sent.begin());
  if (one == sent.end()) return "more comes back than was sent";
  if (other == returned.end())
    return std::to_string(returned.size()) + " of " + std::to_string(sent.size()) +
           " octets come back: flow control does not hold, see flow and the modem's &K3 or &H1";
  return "octet " + at + " was " + value_of(*one) + " and came back as " + value_of(*other) +
         ": octets are lost or damaged; look at the cable, at flow, and at the speed";
}

}  // namespace modem
